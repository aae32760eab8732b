"""The KPI page: one offline page per publish, for a service manager. Every figure on it is one of the marts."""
