-- The company is the sum of its channels, queues, teams and agents, whichever scopes a KPI has (KPIS.md, Where sums hold). Not so
-- what is checked of texts, by team and agent: several agents write in one contact.
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
    and not (
        part.scope in ('team', 'agent')
        and company.kpi in (select catalogue.kpi from {{ ref('kpi_catalog') }} as catalogue where catalogue.fact = 'fct_contact_checks')
    )
    and (
        company.numerator <> part.numerator
        or coalesce(company.denominator, 0) <> coalesce(part.denominator, 0)
    )
