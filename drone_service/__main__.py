"""`python -m drone_service` is `drone-service`."""

from drone_service.cli import main

main()
