"""launch() for Apache: one that binds the ports of all sites, a `<VirtualHost>` for each."""

import os
from pathlib import Path

from cors_harness.serving.deployments.example import filled, in_double_quotes, policy_values
from cors_harness.serving.deployments.programs import executable
from cors_harness.serving.deployments.site import DeployedSite, DeploymentJob, Launch

MAIN, SITES = "apache.main.conf", "sites"
MODULES = (  # of Debian and Ubuntu, of Fedora, of Arch and macOS
    "/usr/lib/apache2/modules",
    "/usr/lib64/httpd/modules",
    "/usr/lib/httpd/modules",
    "/usr/libexec/apache2",
)


def launch(job: DeploymentJob) -> Launch:
    """How Apache is started on the job's sites."""
    (job.folder / SITES).mkdir()
    main = (job.config / MAIN).read_text("utf-8")
    main = filled(main, _paths(job.folder), in_double_quotes)
    (job.folder / MAIN).write_text(main, "utf-8")
    example = job.example.read_text("utf-8")
    for number, site in enumerate(job.sites):
        (job.folder / SITES / f"{number}.conf").write_text(_site(example, job, site), "utf-8")
    program = str(executable(job.deployment.program))
    return Launch(argv=(program, "-D", "FOREGROUND", "-f", str(job.folder / MAIN)))


def _paths(folder: Path) -> dict[str, tuple[str, ...]]:
    modules = next((folder for folder in MODULES if Path(folder).is_dir()), MODULES[0])
    # Root's Apache would have workers of a user who may not enter our private folder; it refuses
    # root as that user unless it was built for it, and needs nothing from the folder by then.
    user = ("nobody",) if os.geteuid() == 0 else ()
    return {"FOLDER": (str(folder),), "MODULES": (modules,), "USER": user}


def _site(example: str, job: DeploymentJob, site: DeployedSite) -> str:
    values = policy_values(site.policy) | {
        "PORT": (str(site.port),),
        "UPSTREAM": (str(site.upstream),),
        "SCHEME": (job.scheme,),
    }
    return filled(example, values, in_double_quotes)
