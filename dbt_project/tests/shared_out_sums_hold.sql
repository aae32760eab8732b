-- The company is the sum of its channels, queues, teams and agents, whichever scopes a KPI has (KPIS.md, Where sums hold).
with

scopes as (
    select
        kpi,
        variant,
        service_date,
        channel_group,
        scope,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('mart_kpi_daily') }}
    group by all
)

select company.kpi
from scopes as company
inner join scopes as part
    on
        part.kpi = company.kpi
        and part.variant = company.variant
        and part.service_date = company.service_date
        and part.channel_group = company.channel_group
        and part.scope in ('channel', 'queue', 'team', 'agent')
where
    company.scope = 'company'
    and (
        company.numerator <> part.numerator
        or coalesce(company.denominator, 0) <> coalesce(part.denominator, 0)
    )
