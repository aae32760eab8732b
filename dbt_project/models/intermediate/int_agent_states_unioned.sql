{{ canonical('agent_states') }}
