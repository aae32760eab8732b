"""What is published, in a PostgreSQL that BI tools read: `serve` brings it there."""
