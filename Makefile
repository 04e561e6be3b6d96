# The front door. `make` builds everything into build/; `make core` needs no cargo and takes seconds.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/belvedere
PYTHON := $(CACHE)/venv/bin/python
MESON := $(CACHE)/venv/bin/meson
PREFIX ?= /usr/local
ENGINE := build/libbelvedere_datafusion.so

.PHONY: all core engine baseline setup demo test test-core sanitize bench fuzz prove install install-core check clean

all: core engine

setup:
	@tools/setup build test

core:
	@tools/setup build
	@tools/build_core build/meson
	@tools/publish build/meson build

engine:
	@tools/cargo_engine $(ENGINE)

baseline:
	@tools/cargo_engine --features baseline build/libbelvedere_datafusion_baseline.so

demo: core
	@tools/setup test
	@tools/demo

test: core
	@tools/setup test
	@tools/cargo_engine $(ENGINE)
	@$(MAKE) --no-print-directory sanitize
	@tools/run_tests

# What needs no cargo.
test-core: core
	@tools/setup test
	@tools/run_tests --core

# Everything in C under AddressSanitizer and UndefinedBehaviorSanitizer, every tree checked against its payload.
sanitize:
	@tools/setup build
	@tools/build_core build/san -Dsanitize=true -Dselfcheck=true -Dbuildtype=debug
	@$(MESON) test -C build/san --print-errorlogs

bench: core
	@tools/setup test bench
	@tools/cargo_engine $(ENGINE)
	@tools/bench

fuzz: core
	@tools/fuzz

prove: core
	@tools/setup test
	@tools/cargo_engine $(ENGINE)
	@tools/prove

check:
	@python3 tools/check_layers

install: all install-core
	@install -D -m 755 $(ENGINE) "$(DESTDIR)$(PREFIX)/lib/libbelvedere_datafusion.so"

install-core: core
	@$(MESON) configure build/meson -Dprefix="$(abspath $(PREFIX))"
	@$(MESON) install -C build/meson --quiet $(if $(DESTDIR),--destdir "$(DESTDIR)")

clean:
	@rm -rf build
