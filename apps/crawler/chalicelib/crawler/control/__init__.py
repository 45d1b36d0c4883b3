"""Control of runs: pause, resume, extend, delete; their work in slices."""
