# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test lint bench gallery clean install

demo: $(READY)
	$(BIN)/python -m bot demo

test: $(READY)
	$(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m bot check

bench: $(READY)
	$(BIN)/python -m bench.startup
	$(BIN)/python -m bench.plans
	$(BIN)/python -m bench

gallery: $(READY)
	$(BIN)/python -m bot gallery
	mkdir -p docs/gallery/ho-so docs/gallery/bien-tap
	TRIAN_GALLERY=$(CURDIR)/docs/gallery/ho-so $(BIN)/python -m pytest tests/test_a_story_to_its_end.py
	TRIAN_GALLERY=$(CURDIR)/docs/gallery/bien-tap $(BIN)/python -m pytest tests/test_two_officers.py

install: $(READY)

$(READY): requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $(READY)

clean:
	rm -rf .venv var dist bench/output .mypy_cache .ruff_cache .hypothesis
