"""Run fttui as `python -m fttui`."""

from fttui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
