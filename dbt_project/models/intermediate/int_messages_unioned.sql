{{ canonical('messages') }}
