"""docker-compose.yml and deploy/docker against the programs. Needs no container engine."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("HMS_BIN", ROOT / "build/asan-ubsan/bin"))
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/CMakeLists.txt"))
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")


def compose(name="docker-compose.yml"):
    """The file with the defaults of its variables; those without one are empty."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}", r"\1", text))


def image_environment():
    """What the target "service" of the Dockerfile sets."""
    return dict(re.findall(r"(HMS_\w+)=(\S+)", re.search(r"^ENV (.*)$", DOCKERFILE, re.M)[1]))


def run(program, *args, **environ):
    return subprocess.run([str(BIN / program), *args], env={"PATH": os.environ["PATH"], **environ}, text=True, capture_output=True, timeout=60,
                          check=False)


def known_settings(service, *args, **environ):
    """The variables that the service would read, by its own account."""
    done = run(service, *args, "--print-config", **environ)
    assert done.returncode == 0, done.stderr
    names, section = set(), None
    for line in done.stdout.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif " = " in line:
            names.add(re.sub(r"[^A-Z0-9]", "_", f"HMS_{section}_{line.split(' = ')[0]}".upper()))
    return names


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What deploy/docker/init makes in an empty folder."""
    root = tmp_path_factory.mktemp("init")
    (root / "deploy/docker").mkdir(parents=True)
    shutil.copy(ROOT / "deploy/docker/init", root / "deploy/docker")
    subprocess.run([root / "deploy/docker/init"], check=True, capture_output=True)
    return root


def settings(service):
    return {name: str(value) for name, value in {**image_environment(), **compose()["services"][service]["environment"]}.items()}


def arguments(service, made):
    """The command, with the secret files of `made` instead of those in the container."""
    return [arg.replace("/run/secrets", str(made / "deploy/docker/secrets")) for arg in compose()["services"][service].get("command", [])]


def test_every_service_has_its_compose_service_and_its_target():
    services = compose()["services"]
    for name in SERVICES:
        assert services[name]["build"]["target"] == name
        assert re.search(rf"^FROM service AS {name}$", DOCKERFILE, re.M) and f'ENTRYPOINT ["{name}"]' in DOCKERFILE


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_every_setting_that_compose_gives_it(service, made):
    given = {name: value for name, value in settings(service).items() if name.startswith("HMS_")}
    assert given.keys() - known_settings(service, *arguments(service, made), **given) == set()
    done = run(service, *arguments(service, made), "--check", **given)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_setting_that_a_service_does_not_know_is_found():
    assert "HMS_ALARMS_BATCH_MAX" in known_settings("alarms")
    assert {"HMS_ALARMS_BATCH_MIX", "HMS_REDIS_URL"} & known_settings("alarms", HMS_ALARMS_BATCH_MIX="1", HMS_REDIS_URL="redis://x") == set()


def test_every_store_is_reached_by_the_name_of_its_service():
    services = compose()["services"]
    for name in SERVICES:
        given = settings(name)
        assert given["HMS_KAFKA_BOOTSTRAP"].split(":")[0] in services and re.search(r"host=(\w+)", given["HMS_POSTGRES_DSN"])[1] in services
    assert "kafka:9092" in services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


def test_the_seed_gets_every_variable_that_it_uses():
    used = set(re.findall(r":'(\w+)'", (ROOT / "deploy/dev/seed.sql").read_text(encoding="utf-8")))
    assert used == {word.split("=")[0] for word in compose()["services"]["seed"]["command"] if re.match(r"\w+=\S+$", word) or word.endswith("=")}


def test_init_makes_every_secret_for_its_owner_alone_and_only_once(made):
    wanted = {entry["file"] for entry in compose()["secrets"].values()}
    before = {path: (made / path).read_bytes() for path in [*wanted, ".env"]}
    assert [oct((made / path).stat().st_mode & 0o777) for path in before] == ["0o600"] * len(before)
    again = subprocess.run([made / "deploy/docker/init"], check=True, capture_output=True)
    assert again.stdout == b"" and {path: (made / path).read_bytes() for path in before} == before


def test_variables_of_env_are_those_of_the_compose_file(made):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^#?(HMS_\w+)=(.*)$", (made / ".env").read_text(encoding="utf-8"), re.M))
    used = dict(re.findall(r"\$\{(HMS_\w+):[-?]([^}]*)\}", text))
    assert offered.keys() - used.keys() == set()
    same = offered.keys() - {"HMS_UID", "HMS_API_TOKEN_HASH"}
    assert {name: offered[name] for name in same} == {name: used[name] for name in same}


def test_replicas_do_not_clash():
    for name, service in compose()["services"].items():
        assert "container_name" not in service
        for port in service.get("ports", []) if name in SERVICES else []:
            assert re.search(r":\d+-\d+:\d+$", port), f"{name}: {port} is one port for all replicas"


def test_images_have_no_registry_host_and_kafka_is_the_tested_version():
    images = {name: service["image"] for name, service in compose()["services"].items()}
    assert all("." not in image.split("/")[0] for image in images.values() if "/" in image)
    version = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>([^<]+)", (ROOT / "deploy/kafka/pom.xml").read_text(encoding="utf-8"))[1]
    assert images["kafka"] == f"apache/kafka:{version}"


def test_local_stores_replace_each_image_that_is_not_built_from_the_repository():
    fetched = {name for name, service in compose()["services"].items() if not service["image"].startswith("hms/")}
    local = compose("deploy/docker/local-stores.yml")["services"]
    assert local.keys() == fetched and all(service["image"].startswith("hms/") for service in local.values())
