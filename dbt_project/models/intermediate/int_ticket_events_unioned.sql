{{ canonical('ticket_events') }}
