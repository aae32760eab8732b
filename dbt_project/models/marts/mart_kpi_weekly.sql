{{ kpi_period_rows('week', iso_week('period_start'), 'iso_week') }}
