{{ canonical('contact_legs') }}
