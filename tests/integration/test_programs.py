"""Programs as an operator meets them: help, errors, migrations, workers."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import urllib.request

import psycopg2
import pytest
from hmslab import eventually

PROGRAMS = {
    "northbound": ["--config", "--help", "--version"],
    "hmsadm": ["migrate", "topics", "allow", "credential", "token create", "--dir", "--password-file"],
    "cwmp-frontend": ["--config", "--help", "--version"],
    "provisioning": ["--config", "--help", "--version"],
    "alarms": ["--config", "--help", "--version"],
    "fileserver": ["--config", "--help", "--version"],
    "pm-ingest": ["--config", "--help", "--version"],
    "hmsctl": ["status", "devices", "rpc", "--output"],
    "hnbsim": ["story", "load", "cells"],
}


def binary(lab, name):
    return os.path.join(lab._environ["HMS_BIN"], name)


def run(lab, name, *args, **environ):
    """Exit status, standard output, standard error."""
    settings = {key: lab.env[key] for key in ("HMS_POSTGRES_DSN", "HMS_KAFKA_BOOTSTRAP", "HMS_REDIS_URL", "HMS_SERVICE_SECRET_FILE")}
    done = subprocess.run([binary(lab, name), *args], env={**lab._environ, **settings, **environ}, text=True, capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def database(lab):
    """The settings of an empty database beside that of the lab."""
    name = f"other_{os.urandom(4).hex()}"
    lab.sql(f"create database {name}")
    yield {"HMS_POSTGRES_DSN": lab.env["HMS_POSTGRES_DSN"].replace("dbname=hms", f"dbname={name}")}
    lab.sql(f"drop database {name} with (force)")


@pytest.fixture
def migrations(lab, tmp_path):
    """A copy of the migrations."""
    return pathlib.Path(shutil.copytree(lab.root / "deploy/postgres/migrations", tmp_path / "migrations"))


def sql(database, query):
    connection = psycopg2.connect(database["HMS_POSTGRES_DSN"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.mark.parametrize("name, words", PROGRAMS.items())
def test_help_names_the_options_and_version_the_version(lab, name, words):
    status, out, err = run(lab, name, "--help")
    assert status == 0 and err == ""
    assert [word for word in words if word not in out] == []
    status, out, _ = run(lab, name, "--version")
    assert status == 0 and re.search(r"\d+\.\d+\.\d+", out)


@pytest.mark.parametrize("kind", ["config", "metrics"])
def test_the_documents_have_every_service(lab, kind):
    text = (lab.root / f"docs/{kind}.md").read_text()
    services = [folder.name for folder in (lab.root / "services").iterdir() if folder.is_dir()]
    assert services and [name for name in services if f"\n## {name}\n" not in text] == []


def test_help_of_every_command_of_the_simulator_names_its_options(lab):
    for command in ("story", "load", "cells"):
        status, out, _ = run(lab, "hnbsim", command, "--help")
        assert status == 0 and "--cells" in out


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_unknown_option_is_an_error_of_usage(lab, name):
    status, out, err = run(lab, name, "--no-such-option")
    assert (status, out) == (2, "") and err.startswith(name) and err.count("\n") == 1


def test_an_unknown_command_is_an_error_of_usage(lab):
    for name in ("hmsadm", "hmsctl", "hnbsim"):
        status, out, err = run(lab, name, "fly")
        assert (status, out) == (2, "") and name in err


# ---- migrations ----

def test_migrate_twice_and_at_once_applies_each_migration_once(lab, database, migrations):
    count = len(list(migrations.glob("*.sql")))
    several = [subprocess.Popen([binary(lab, "hmsadm"), "migrate", "--dir", str(migrations)], env={**lab._environ, **database}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    outs = [each.communicate(timeout=60) for each in several]
    assert [each.returncode for each in several] == [0, 0, 0], outs
    assert sorted(int(out.split()[0]) for out, _ in outs) == [0, 0, count]
    status, out, _ = run(lab, "hmsadm", "migrate", "--dir", str(migrations), **database)
    assert (status, out.split()[0]) == (0, "0")
    assert sql(database, "select count(*) from schema_migration") == [(count,)]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(lab, database, migrations):
    assert run(lab, "hmsadm", "migrate", "--dir", str(migrations), **database)[0] == 0
    first = sorted(migrations.glob("*.sql"))[0]
    first.write_text(first.read_text() + "-- one more line\n")
    status, _, err = run(lab, "hmsadm", "migrate", "--dir", str(migrations), **database)
    assert status == 1 and first.name in err and "changed after it was applied" in err


def test_a_migration_that_fails_leaves_nothing_behind_and_says_where(lab, database, migrations):
    (migrations / "0999_wrong.sql").write_text("create table left_behind(x int);\n\nselect no_such_function();\n")
    status, _, err = run(lab, "hmsadm", "migrate", "--dir", str(migrations), **database)
    assert status == 1 and "0999_wrong.sql" in err and "no_such_function" in err
    assert sql(database, "select to_regclass('left_behind')") == [(None,)]


def test_errors_of_hmsadm_name_the_setting_or_the_folder(lab):
    status, _, err = run(lab, "hmsadm", "migrate", "--dir", "/nowhere")
    assert status == 1 and "/nowhere" in err
    status, _, err = run(lab, "hmsadm", "migrate", "--dir", str(lab.root / "deploy/postgres/migrations"),
                         HMS_POSTGRES_DSN="host=127.0.0.1 port=1 dbname=hms")
    assert status == 1 and "[postgres] dsn" in err
    status, _, err = run(lab, "hmsadm", "allow", "--oui", "0200F0", "--serial", "x", HMS_POSTGRES_DSN="host=127.0.0.1 port=1 dbname=hms")
    assert status == 1 and "[postgres] dsn" in err
    status, _, err = run(lab, "hmsadm", "allow", "--serial", "x")
    assert status == 2 and "--oui" in err
    status, _, err = run(lab, "hmsadm", "credential", "--oui", "0200F0", "--serial", "x", "--username", "u", "--password-file", "/nowhere")
    assert status != 0 and "/nowhere" in err


def test_topics_is_safe_to_run_again(lab):
    assert run(lab, "hmsadm", "topics")[0] == 0


# ---- services ----

@pytest.mark.parametrize("service", ["provisioning", "cwmp-frontend", "alarms", "fileserver", "northbound"])
@pytest.mark.parametrize("schema", ["newer", "none"])
def test_a_service_refuses_a_schema_that_it_does_not_know(lab, database, migrations, service, schema):
    """Contracts 8: it refuses to start outside the schema versions that it knows."""
    if schema == "newer":
        run(lab, "hmsadm", "migrate", "--dir", str(migrations), **database)
        sql(database, "insert into schema_migration (version, name, sha256) values (999, 'later', '')")
    conf = config(lab, f"{service}-7", f"{service}-0")
    status, out, err = run(lab, service, "--config", str(conf), **database,
                           HMS_PROVISIONING_DATAMODEL_DIR=str(lab.root / "deploy/datamodels"), HMS_STORAGE_ROOT=str(lab.run / "data/files"))
    assert status == 1 and "schema" in out + err, (status, out + err)


@pytest.mark.parametrize("text, word", [("[kafka]\nbootstrap = a:1\nno_such_key = 1\n", "no_such_key"), ("[no_such_section]\nx = 1\n", "no_such_section"),
                                        ("[kafka]\nqueue_max = many\n", "queue_max"), ("[kafka]\nqueue_max = 1\n", "queue_max"),
                                        ("[kafka\n", "3"), ("[service]\nworkers = 1\nworkers = 2\n", "workers")])
@pytest.mark.parametrize("service", ["provisioning", "cwmp-frontend", "alarms", "fileserver", "northbound"])
def test_a_mistake_in_the_configuration_names_file_and_line(lab, tmp_path, service, text, word):
    conf = tmp_path / "mine.conf"
    conf.write_text("# a comment\n\n" + text)
    status, _, err = run(lab, service, "--config", str(conf))
    assert status == 2 and "mine.conf:" in err and word in err, err


def test_a_mistake_in_the_environment_names_the_variable(lab):
    status, _, err = run(lab, "provisioning", HMS_PROVISIONING_BATCH_MAX="lots")
    assert status == 2 and "HMS_PROVISIONING_BATCH_MAX" in err


def config(lab, name, template):
    """The configuration of an instance of the lab under another name, on ports of its own."""
    service, number = name.rsplit("-", 1)
    first = int(re.search(r"\[admin\][^\[]*?\nport = (\d+)", (lab.run / f"conf/{template}.conf").read_text()).group(1)) - 4
    text = (lab.run / f"conf/{template}.conf").read_text().replace(template, name)
    for which in range(5):
        text = text.replace(f":{first + which}", f":{first + 8 * int(number) + which}")
    text = text.replace(f"port = {first + 4}\n", f"port = {first + 8 * int(number) + 4}\n")
    out = lab.run / f"conf/{name}.conf"
    out.write_text(text)
    out.chmod(0o600)
    return out


def test_workers_share_ports_and_have_an_admin_port_each_and_one_that_dies_is_replaced(lab):
    """lib/include/hms/app/app.h: worker i serves admin.port + i with the label worker; the pid file is the supervisor's."""
    conf, pid_file = config(lab, "cwmp-frontend-6", "cwmp-frontend-0"), lab.run / "twin.pid"
    admin = int(re.search(r"\[admin\][^\[]*?\nport = (\d+)", conf.read_text()).group(1))
    log = open(lab.run / "log/cwmp-frontend-6.log", "w")
    environ = {**lab._environ, "HMS_SERVICE_SECRET_FILE": lab.env["HMS_SERVICE_SECRET_FILE"], "HMS_SERVICE_WORKERS": "2",
               "HMS_SERVICE_PID_FILE": str(pid_file)}
    process = subprocess.Popen([binary(lab, "cwmp-frontend"), "--config", str(conf)], env=environ, stdout=log, stderr=log)

    def page(worker, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{admin + worker}{path}", timeout=5) as reply:
            return reply.read().decode()

    def is_ready(worker):
        return "degraded" not in page(worker, "/readyz")

    def children():
        return sorted(int(pid) for pid in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())

    try:
        eventually(lambda: all(is_ready(worker) for worker in (0, 1)), 40)
        assert int(pid_file.read_text()) == process.pid
        for worker in (0, 1):
            assert f'worker="{worker}"' in page(worker, "/metrics") and f'worker="{1 - worker}"' not in page(worker, "/metrics")
        before = children()
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        eventually(lambda: len(children()) == 2 and before[0] not in children(), 40)
        eventually(lambda: all(is_ready(worker) for worker in (0, 1)), 40)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()
    assert process.returncode == 0
    assert not pid_file.exists()


def test_sighup_takes_over_what_can_be_changed(lab):
    """SIGHUP loads the configuration again; the metric counts it."""
    instance = lab.instance("cwmp-frontend-0")
    before = lab.metric("hms_app_reloads_total", "cwmp-frontend", result="ok")
    instance.signal(signal.SIGHUP)
    eventually(lambda: lab.metric("hms_app_reloads_total", "cwmp-frontend", result="ok") == before + 1)
    assert instance.get("/healthz")[0] == 200
