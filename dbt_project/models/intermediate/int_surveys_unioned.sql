{{ canonical('surveys') }}
