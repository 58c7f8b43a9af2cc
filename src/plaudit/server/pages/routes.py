"""All pages, in the order in which their addresses are tried."""

from fastapi import APIRouter

from plaudit.server.pages import (
    asset,
    collections,
    home,
    jobs,
    judges,
    pair,
    shared,
    sheet,
    takes,
)

router = APIRouter()
for area in (asset, home, sheet, pair, takes, collections, shared, jobs, judges):
    router.include_router(area.router)
