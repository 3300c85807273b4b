# The way in: `make help`. Everything here is a short name for tools/setup, CMake presets and ctest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CMAKE_BIN := $(if $(AUTOACCEL_DEPS),$(AUTOACCEL_DEPS),.deps)/tools-venv/bin/
JOBS ?= $(shell nproc)

.PHONY: help setup build test test-asan test-tsan tidy format demo clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install the dependencies, pinned, into .deps (a minute; seconds when they are there)
	@tools/setup

build: setup  ## build build/bin/autoaccel and its workers
	@$(CMAKE_BIN)cmake --preset release --log-level=NOTICE
	@$(CMAKE_BIN)cmake --build --preset release -j $(JOBS)

test: build  ## build, and run all tests
	@$(CMAKE_BIN)ctest --preset release -j $(JOBS) --progress --no-label-summary

test-asan test-tsan: test-%: setup
	@$(CMAKE_BIN)cmake --preset $* --log-level=NOTICE
	@$(CMAKE_BIN)cmake --build --preset $* -j $(JOBS)
	@$(CMAKE_BIN)ctest --preset $* -j $(JOBS) --progress --no-label-summary

test-asan:  ## tests under AddressSanitizer and UndefinedBehaviorSanitizer, without vendors' libraries
test-tsan:  ## tests under ThreadSanitizer, without vendors' libraries

tidy: setup  ## clang-tidy on every source
	@$(CMAKE_BIN)cmake --preset tidy --log-level=NOTICE
	@$(CMAKE_BIN)cmake --build --preset tidy -j $(JOBS)

format:  ## clang-format every source of ours in place
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

demo: build  ## optimise a real model; MODEL=my.onnx CONFIG=my.yml for your own
	@tools/demo $(if $(MODEL),--model "$(MODEL)") $(if $(CONFIG),--config "$(CONFIG)")

clean:  ## remove what was built; .deps stays
	@rm -rf build build-asan build-dev build-tsan build-tidy demo
