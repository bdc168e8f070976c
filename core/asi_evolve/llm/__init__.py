"""Language models: one protocol, its providers, and the service that pays, records and never pays twice."""

from asi_evolve.llm.book import CallBook, PaidAnswer
from asi_evolve.llm.mix import Mix
from asi_evolve.llm.prices import PRICES, Price, price_of
from asi_evolve.llm.protocol import Answer, Message, Provider, Request, Stop, Usage
from asi_evolve.llm.router import ROLES, WRITING, ModelRouter
from asi_evolve.llm.service import Asked, ModelService

__all__ = [
    "PRICES",
    "ROLES",
    "WRITING",
    "Answer",
    "Asked",
    "CallBook",
    "Message",
    "Mix",
    "ModelRouter",
    "ModelService",
    "PaidAnswer",
    "Price",
    "Provider",
    "Request",
    "Stop",
    "Usage",
    "price_of",
]
