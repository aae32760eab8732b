{{ canonical('agent_logins') }}
