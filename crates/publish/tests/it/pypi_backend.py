# A build back end in one file. Like that of setuptools it writes the time into its archives.
import base64
import hashlib
import io
import os
import tarfile
import tomllib
import zipfile


def project():
    with open("pyproject.toml", "rb") as file:
        manifest = tomllib.load(file)
    table = manifest.get("project") or manifest["tool"]["poetry"]
    name, version = table["name"], table["version"]
    return name, version


def own(name):
    return name.replace("-", "_").replace(".", "_").lower()


def metadata(name, version):
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()


def build_sdist(directory, config_settings=None):
    name, version = project()
    base = f"{own(name)}-{version}"
    with tarfile.open(os.path.join(directory, f"{base}.tar.gz"), "w:gz") as archive:
        for path in ["pyproject.toml", "backend.py"]:
            archive.add(path, f"{base}/{path}")
        data = metadata(name, version)
        info = tarfile.TarInfo(f"{base}/PKG-INFO")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return f"{base}.tar.gz"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, version = project()
    info = f"{own(name)}-{version}.dist-info"
    tag = "Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        f"{own(name)}.py": b"",
        f"{info}/METADATA": metadata(name, version),
        f"{info}/WHEEL": tag.encode(),
    }
    record = ""
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = f"{own(name)}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, wheel), "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), data)
    return wheel
