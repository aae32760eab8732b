{{ canonical('tickets') }}
