import os

import uvicorn

from torana.cli.demo_partner.app import create_app

uvicorn.run(
    create_app(os.environ),
    host="127.0.0.1",
    port=int(os.environ["SHOP_PORT"]),
    log_level="warning",
    server_header=False,
    timeout_graceful_shutdown=2,
)
