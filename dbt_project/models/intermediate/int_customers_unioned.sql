{{ canonical('customers') }}
