"""Simulators of notification providers, with faults by script."""
