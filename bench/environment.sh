# Sourced by bench/precision and bench/search: sets repo, deps and venv, and brings .deps/bench-venv up to date with
# precision_tools/requirements.txt.
repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
deps="${AUTOACCEL_DEPS:-$repo/.deps}"
export AUTOACCEL_DEPS="$deps"
venv="$deps/bench-venv"

# The network is asked only when the list of packages has changed.
requirements="$repo/bench/precision_tools/requirements.txt"
if ! cmp -s "$requirements" "$venv/.precision"; then
  [[ -x "$venv/bin/python" ]] || python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --find-links "$deps/cache" --requirement "$requirements"
  cp "$requirements" "$venv/.precision"
fi
export PYTHONPATH="$repo/bench" TOKENIZERS_PARALLELISM=false
