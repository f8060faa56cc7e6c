"""What a container of the project must not be able to do, asked from inside each."""

from deploy.test.project import Failed, Project

SERVICES = ("proxy", "web", "postgres", "valkey")
ALLOWED = {"proxy": 1 << 10}
"""Capabilities that a service may have: the proxy's NET_BIND_SERVICE."""


async def flaws(project: Project) -> list[str]:
    """Everything that is open and should not be."""
    found = []
    for service in SERVICES:
        for name in await project.containers(service):
            found += [f"{name}: {flaw}" for flaw in await _of(project, service, name)]
    found += await _stores(project)
    return found


async def _of(project: Project, service: str, name: str) -> list[str]:
    found = []
    status = await project.inside(name, "cat", "/proc/1/status")
    facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if facts["Uid"].split()[0] == "0":
        found.append("runs as root")
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        if int(facts[kind], 16) & ~ALLOWED.get(service, 0):
            found.append(f"{kind} is {facts[kind].strip()}")
    if facts["NoNewPrivs"].strip() != "1":
        found.append("may gain privileges")
    for folder in ("/", "/etc", "/usr/bin", "/app" if service == "web" else "/var"):
        if await _works(project, name, "touch", f"{folder}/written"):
            found.append(f"can write to {folder}")
    return found


async def _stores(project: Project) -> list[str]:
    found = []
    (valkey,) = await project.containers("valkey")
    if "PONG" in await _output(project, valkey, "valkey-cli", "ping"):
        found.append("Valkey answers without a password")
    (proxy,) = await project.containers("proxy")
    (postgres,) = await project.containers("postgres")
    for address in await project.addresses(postgres):
        if await _works(project, proxy, "sh", "-c", f"nc -w 2 {address} 5432 </dev/null"):
            found.append("the proxy reaches Postgres")
    for name in await project.containers("web"):
        keys = await _output(project, name, "ls", "-l", "/run/madang/secret_key")
        if not keys.startswith("-r--------"):
            found.append(f"{name}: others may read the secret key: {keys.strip()}")
    logs = [await project.logs(service) for service in SERVICES]
    (web, *_others) = await project.containers("web")
    for secret in ("secret_key", "postgres_password", "valkey_password"):
        value = (await project.inside(web, "cat", f"/run/madang/{secret}")).strip()
        if any(value in log for log in logs):
            found.append(f"{secret} is in the logs")
    return found


async def _works(project: Project, name: str, *command: str) -> bool:
    try:
        await project.inside(name, *command)
    except Failed:
        return False
    return True


async def _output(project: Project, name: str, *command: str) -> str:
    try:
        return await project.inside(name, *command)
    except Failed as failed:
        return str(failed)
