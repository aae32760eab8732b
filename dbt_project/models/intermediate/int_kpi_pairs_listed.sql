{#- One row per pair of KPIs and contact (answered survey) or agent-month that has a value of both, with places in the order of each:
    twice the average rank, so that ties stay whole numbers. -#}
with

pairs as (select * from {{ ref('kpi_correlation_pairs') }}),
months as (
    select * from {{ ref('int_kpi_periods_valued') }}
    where grain = 'month' and scope = 'agent' and scope_id <> '(none)' and variant = 'default' and value is not null
),
contacts as (
    select * from {{ adjusted_rows('fct_contacts', ref('fct_contacts')) }}
    where is_response_counted and not {{ is_adjusted('adjusted_by', "'frt'") }}
),
surveys as (
    select * from {{ adjusted_rows('fct_surveys', ref('fct_surveys')) }}
    where is_csat_response and not {{ is_adjusted('adjusted_by', "'csat'") }}
),

ticket_firsts as (
    select ticket_id, channel_group, response_seconds
    from (
        select
            contacts.*,
            row_number() over (partition by ticket_id order by started_at, contact_id) as place
        from contacts
        where channel_group = 'written' and ticket_id is not null
    ) as placed
    where place = 1
),

judged as (
    select surveys.survey_id, contacts.channel_group, contacts.response_seconds, surveys.mapped_score
    from surveys
    inner join contacts on contacts.contact_id = surveys.contact_id and contacts.channel_group = 'chat'
    union all
    select surveys.survey_id, ticket_firsts.channel_group, ticket_firsts.response_seconds, surveys.mapped_score
    from surveys
    inner join ticket_firsts on ticket_firsts.ticket_id = surveys.ticket_id
    where surveys.channel_group = 'written'
),

listed as (
    select
        pairs.*,
        cast(judged.response_seconds as decimal(18, 6)) as x,
        cast(judged.mapped_score as decimal(18, 6)) as y
    from pairs
    inner join judged on judged.channel_group = pairs.channel_group
    where pairs.unit = 'contact' and pairs.kpi_x = 'frt' and pairs.kpi_y = 'csat'
    union all
    select
        pairs.*,
        cast(of_x.value as decimal(18, 6)) as x,
        cast(of_y.value as decimal(18, 6)) as y
    from pairs
    inner join months as of_x on of_x.kpi = pairs.kpi_x and of_x.channel_group = pairs.channel_group
    inner join months as of_y
        on
            of_y.kpi = pairs.kpi_y
            and of_y.channel_group = pairs.channel_group
            and of_y.scope_id = of_x.scope_id
            and of_y.period_start = of_x.period_start
    where pairs.unit = 'agent-month'
)

select
    listed.*,
    2 * rank() over (partition by unit, kpi_x, kpi_y, channel_group order by x)
    + count(*) over (partition by unit, kpi_x, kpi_y, channel_group, x) - 1 as doubled_rank_x,
    2 * rank() over (partition by unit, kpi_x, kpi_y, channel_group order by y)
    + count(*) over (partition by unit, kpi_x, kpi_y, channel_group, y) - 1 as doubled_rank_y
from listed
