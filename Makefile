# The way in: `make help`. Everything here is a short name for tools/setup, CMake presets and ctest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CMAKE_BIN := $(if $(AUTOACCEL_DEPS),$(AUTOACCEL_DEPS),.deps)/tools-venv/bin/
JOBS ?= $(shell nproc)

# $(call configure_and_build,PRESET): configuring says only what is missing.
define configure_and_build
@$(CMAKE_BIN)cmake --preset $(1) --log-level=NOTICE >/dev/null
@$(CMAKE_BIN)cmake --build --preset $(1) -j $(JOBS)
endef

# $(call run_tests,PRESET): one line that moves on a terminal; otherwise what fails, and the summary.
run_tests = @set -o pipefail; ctest=($(CMAKE_BIN)ctest --preset $(1) -j $(JOBS) --no-label-summary); \
	if [ -t 1 ]; then "$${ctest[@]}" --progress; \
	else "$${ctest[@]}" | grep --line-buffered -vE '^ +Start +[0-9]+: | Passed +[0-9.]+ sec *$$'; fi

.PHONY: help setup build test test-asan test-tsan tidy format demo test-gpu package bench-search clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install the dependencies, pinned, into .deps (a minute; seconds when they are there)
	@tools/setup

build: setup  ## build build/bin/autoaccel and its workers
	$(call configure_and_build,release)

test: build  ## build, and run all tests
	$(call run_tests,release)

test-asan test-tsan: test-%: setup
	$(call configure_and_build,$*)
	$(call run_tests,$*)

test-asan:  ## tests under AddressSanitizer and UndefinedBehaviorSanitizer, without vendors' libraries
test-tsan:  ## tests under ThreadSanitizer, without vendors' libraries

tidy: setup  ## clang-tidy on every source
	$(call configure_and_build,tidy)

format:  ## clang-format every source of ours in place
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

demo: build  ## optimise a real model; MODEL=my.onnx CONFIG=my.yml for your own, OPTIONS="--time-limit 3" for optimize
	@tools/demo $(if $(MODEL),--model "$(MODEL)") $(if $(CONFIG),--config "$(CONFIG)") $(if $(OPTIONS),-- $(OPTIONS))

test-gpu: build  ## the contract suite and the demo on GPU 0; fails where there is none
	@tools/test-gpu

package:  ## the tool, its workers and their libraries in one folder that can be moved; TO=/opt/autoaccel
	@tools/package $(or $(TO),build/package)

bench-search: build  ## recommended variants against the field's best, re-measured; hours. OPTIONS="--models magika --objective latency"
	@bench/search $(OPTIONS)

clean:  ## remove what was built; .deps stays
	@rm -rf build build-asan build-dev build-tsan build-tidy demo
