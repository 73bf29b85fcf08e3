"""Floor 4: connections over real transports, blocking and asyncio."""
