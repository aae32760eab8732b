{{ canonical('queues') }}
