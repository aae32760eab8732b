{{ kpi_period_rows('month', month_name('period_start'), 'month') }}
