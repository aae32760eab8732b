{{ canonical('shifts') }}
