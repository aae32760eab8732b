{{ canonical('agents') }}
