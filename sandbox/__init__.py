"""A pretend shop: one simulated world of customers and agents, served as the real systems would serve it.

`sandbox.world.World` is the world and knows the truth; `sandbox.generate` writes its files; `sandbox.serve.Shop` serves
its Zendesk and Chatwoot look-alikes on loopback. Nothing here is needed to run a warehouse on real systems.
"""
