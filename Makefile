# Plain commands behind each target are in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/pip install --quiet --constraint constraints.txt
# DeepEval does not fit beside the pins above; the tests read our results with it from here.
BENCH_VENV := .venv-bench
# What releases need and nobody else.
RELEASE_VENV := .venv-release
RELEASE_TOOLS := pip-audit==2.10.1 uv==0.13.9
SBOM_TOOLS := cyclonedx-bom==7.5.0
HASHED = $(RELEASE_VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-header --no-annotate

IMAGE ?= evaluator
IMAGE_EXTRAS := classifier parquet datasets zstd s3
TARGET ?= evaluator
BUILD_ARGS ?=
# PyPI's torch for Linux on x86-64 brings CUDA; see docs/docker.md.
ALL_BUILD_ARGS = --build-arg TORCH_INDEX=$(PIP_EXTRA_INDEX_URL) $(BUILD_ARGS)
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
REVISION = $(shell git rev-parse HEAD)

.PHONY: example test check lint types docs bench image sbom pins audit compat clean

example: $(VENV)/.example
	$(BIN)/evaluator run --config-file examples/news-classification/configs/example.yaml

test: $(VENV)/.dev $(BENCH_VENV)/.bench
	$(BIN)/pytest -n auto --maxprocesses 4 --cov --cov-report=term

check: lint types

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_benchmarks.py

# The quick ones; `python -m benchmarks --save --all` takes hours.
bench: $(VENV)/.dev $(BENCH_VENV)/.bench
	$(BIN)/python -m benchmarks --save

# Such as `make image TARGET=embedded IMAGE=evaluator:embedded BUILD_ARGS='--build-arg TORCH=cuda'`.
image:
	docker build --file docker/Dockerfile --target $(TARGET) --tag $(IMAGE) \
	    --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) $(ALL_BUILD_ARGS) .

# What the image holds, as CycloneDX.
sbom:
	docker build --file docker/Dockerfile --target sbom --tag $(IMAGE)-sbom $(ALL_BUILD_ARGS) .
	docker run --rm --network none $(IMAGE)-sbom > sbom.cdx.json

# The versions in constraints.txt with the hashes of their files, for releases and for the image.
pins: $(RELEASE_VENV)/.release
	.ci/pins $(RELEASE_VENV)/bin/uv requirements-release.txt all
	.ci/pins $(RELEASE_VENV)/bin/uv docker/requirements.txt $(IMAGE_EXTRAS)
	.ci/pins $(RELEASE_VENV)/bin/uv docker/requirements-embedded.txt \
	    --beside docker/requirements.txt $(IMAGE_EXTRAS) embedded
	echo '$(RELEASE_TOOLS)' | tr ' ' '\n' | $(HASHED) --output-file .ci/tools.txt -
	echo '$(SBOM_TOOLS)' | $(HASHED) --output-file docker/requirements-sbom.txt -

# Known vulnerabilities of what is pinned, where advisories can be read.
audit: $(RELEASE_VENV)/.release
	$(RELEASE_VENV)/bin/python .ci/audit $(RELEASE_VENV)/bin/pip-audit constraints.txt

# The suite on the oldest and on the newest versions that pyproject.toml allows.
compat: $(RELEASE_VENV)/.release $(BENCH_VENV)/.bench
	PYTHON=$(PYTHON) UV=$(RELEASE_VENV)/bin/uv .ci/compat lowest
	PYTHON=$(PYTHON) UV=$(RELEASE_VENV)/bin/uv .ci/compat newest

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(RELEASE_VENV) .venv-lowest .venv-newest evaluation

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# A constraint of the command does not reach what builds our own package. The first variable does
# with a pip older than 25.3, the second one with a newer.
$(VENV)/.example $(VENV)/.dev: export PIP_CONSTRAINT := constraints.txt
$(VENV)/.example $(VENV)/.dev: export PIP_BUILD_CONSTRAINT := constraints.txt
$(BENCH_VENV)/.bench: export PIP_CONSTRAINT := constraints-bench.txt
$(BENCH_VENV)/.bench: export PIP_BUILD_CONSTRAINT := constraints-bench.txt

$(VENV)/.example: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time takes a few minutes." >&2
	$(INSTALL) --editable '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time takes a few minutes." >&2
	$(INSTALL) --editable '.[dev]'
	@touch $@

$(BENCH_VENV)/bin/python:
	$(PYTHON) -m venv $(BENCH_VENV)

$(BENCH_VENV)/.bench: $(BENCH_VENV)/bin/python pyproject.toml constraints-bench.txt
	@echo "Installing DeepEval into $(BENCH_VENV), to test against its own classes." >&2
	$(BENCH_VENV)/bin/pip install --quiet --constraint constraints-bench.txt --editable '.[bench]'
	@touch $@

$(RELEASE_VENV)/bin/python:
	$(PYTHON) -m venv $(RELEASE_VENV)

$(RELEASE_VENV)/.release: $(RELEASE_VENV)/bin/python .ci/tools.txt
	$(RELEASE_VENV)/bin/pip install --quiet --require-hashes --requirement .ci/tools.txt
	@touch $@
