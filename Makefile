# All set-up, on a machine with Python 3.11 or newer and make: what a target needs is installed into .venv when it is first
# run, and again when pyproject.toml has changed. PYTHON=python3.13 chooses another Python, LAB_OPTIONS=--no-browser
# (for example) goes to JupyterLab.

PYTHON ?= python3
LAB_OPTIONS ?=
# Where it is set, each of the hundreds of processes and kernels that tests start would compile the whole package anew.
unexport PYTHONDONTWRITEBYTECODE
python := .venv/bin/python
# JupyterLab refuses to run as root unless told so; in a container there is often no one else.
allow_root := $(if $(filter 0,$(shell id -u)),--allow-root)
check_scripts := DENO_NO_UPDATE_CHECK=1 .venv/bin/deno check --quiet --config jsconfig.json widgets/static tests/widgets/static

.DEFAULT_GOAL := help
.PHONY: help lab test quick nightly lint format docs notebooks pictures bench bench-reference rust coverage labextension site lite clean \
	lint-types lint-imports lint-scripts environment-lab environment-lite environment-peers environment-test browser

# The language, the compiler, the operators and the engine: what most changes break first.
quick_tests := compiler flow syntax ir passes codegen operators engine core trace render \
	test_architecture.py test_cases.py

help:
	@echo "make lab       open JupyterLab on the first tutorial"
	@echo "make test      run everything that has to pass: lint, then all tests"
	@echo "make quick     a first verdict in under a minute: lint, and the tests of the compiler and the engine"
	@echo "make nightly   the mutants of rules, and thousands of random flows: the engine against the reference, and types of edges against runs"
	@echo "make lint      check style, types and who imports whom"
	@echo "make format    bring the code into its one form"
	@echo "make docs      write docs/operators.md and docs/errors.md from the package's records"
	@echo "make notebooks run the tutorials, and write what they give into their files"
	@echo "make pictures  take the pictures of docs/ that show the stepper and the editor anew"
	@echo "make bench     measure, beside loops by hand, and beside those of the other libraries that are installed"
	@echo "make bench-reference  install the other libraries, build Hydroflow in Rust where cargo is, measure beside all of them, and"
	@echo "               write the tables and the picture of docs/performance.md and README.md"
	@echo "make rust      build twenty flows as programs of Rust, and compare what they give; needs cargo"
	@echo "make coverage  run the tests and list the lines they miss"
	@echo "make labextension  build the extension for JupyterLab anew, after a change in widgets/lab/src; needs npm"
	@echo "make site      build site/: the manuals, and the tutorials as pages whose runs can be stepped; static files"
	@echo "make lite      build JupyterLite with the tutorials into site/lite, for any static web server, and test it; needs npm"
	@echo "make clean     remove what the other targets made, .venv included"

lab: environment-lab
	$(python) -m jupyterlab $(allow_root) $(LAB_OPTIONS) notebooks/01_first_flow.ipynb

# Each worker begins with its half of the tests, in order, so that one JupyterLab serves the browser's; who is done first
# takes from the other's.
test: lint browser
	$(python) -m pytest -n 2 --dist worksteal

quick: lint
	$(python) -m pytest -q -n 2 $(addprefix tests/,$(quick_tests))

# A long search is no test that hangs.
nightly: environment-test
	$(python) -m pytest -n 2 -o faulthandler_timeout=0 --hypothesis-profile=nightly tests/correctness/test_rules.py \
		tests/correctness/test_written_flows.py tests/correctness/test_sharding.py tests/test_differential.py tests/test_fuzzing.py tests/passes/test_replays.py \
		tests/why/test_law.py tests/systems/test_same_as_one_flow.py tests/systems/test_printed_texts.py tests/systems/test_same_everywhere.py \
		tests/net/test_raw.py tests/durable/test_killed.py tests/durable/test_operators_killed.py tests/deploy/test_durable_star.py tests/deploy/ray/test_killed.py tests/deploy/ray/test_same_results.py tests/running/test_rewinding.py tests/running/test_random_states.py tests/running/test_breakpoints.py \
		tests/running/test_branches.py tests/simulation/test_replicated_store.py tests/programs/test_glomers.py tests/notebooks/test_raft.py tests/notebooks/test_pairs.py

lint: environment-test
	$(python) -m ruff check
	$(python) -m ruff format --check
	@$(MAKE) --no-print-directory --jobs=2 lint-types lint-imports lint-scripts

# Each of them keeps one core busy.
lint-types:
	$(python) -m mypy

lint-imports:
	.venv/bin/lint-imports

lint-scripts:
	@if [ -x .venv/bin/deno ]; then $(check_scripts); else echo "no Deno here: the types of the scripts stay unchecked"; fi

format: environment-test
	$(python) -m ruff check --fix
	$(python) -m ruff format

docs: environment-test
	$(python) -m hydroflow_nb.operators.record.manual > docs/operators.md
	$(python) -m hydroflow_nb.error_index > docs/errors.md

# Those whose outputs a test compares with a run, cleaned of what differs from run to run (tests/helpers/outputs.py).
notebooks: environment-test
	$(python) -m pytest -q tests/notebooks/test_outputs.py -k "are_those_of_a_run" --update-notebooks

# Look at each of them before it is committed.
pictures: environment-test browser
	$(python) -m pytest -q tests/browser/pictures.py

bench: environment-test
	$(python) -m pytest tests/benchmarks -m benchmark -s
	PYTHONPATH=tests/benchmarks $(python) -m side_by_side

# On a machine that does nothing else; it takes half an hour. What cargo makes stands outside of the repository.
bench-reference: environment-peers
	PYTHONPATH=tests/benchmarks $(python) -m side_by_side --rust --write

# The crates are built once; RUST_TARGET keeps them from run to run.
rust: environment-test
	$(python) -m pytest tests/rust -m cargo

coverage: environment-test browser
	$(python) -m pytest -n 2 --dist worksteal --cov

# What it builds is committed, so that a user and a test need no npm.
labextension: environment-test
	cd widgets/lab && npm install --no-audit --no-fund --no-package-lock && rm -rf built \
		&& ../../.venv/bin/jupyter-builder build --core-package-file node_modules/@jupyterlab/core-meta/core.package.json . \
		&& cp install.json built && node digest.mjs > built/sources.sha256

# `make lite` before it puts JupyterLite into the same folder, and the site links to it.
site: environment-test
	$(python) .ci/site.py site

lite: environment-lite environment-test browser
	$(python) .ci/lite.py site/lite
	$(python) -m pytest tests/browser/test_lite.py

clean:
	rm -rf .venv build dist site *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tests/artifacts widgets/lab/node_modules
	find hydroflow_nb magics widgets tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +

environment-lab environment-lite environment-peers environment-test: environment-%:
	@$(PYTHON) .ci/environment.py $*

browser: environment-test
	@$(python) .ci/chromium.py --install
