"""Administration: jobs and sources for all who run something, accounts for the security administrator."""

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry import jobs
from infra_registry.access import Permission, Role, allows
from infra_registry.errors import Conflict, Invalid, NotFound
from infra_registry.parties import apart, factors, ties, users
from infra_registry.parties import store as parties
from infra_registry.parties.factors import lost
from infra_registry.publish import sources
from web.site.context import current_actor, database, render, settings, t, use_case
from web.site.errors import messages
from web.site.frame import all_cities
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("admin", __name__)
USERS, ROLES = Permission.SECURITY_USERS, Permission.SECURITY_ROLES
MOST_RESETS = 10  # shown above the list of accounts


@feature.get("/admin", permission=Permission.JOBS_READ)
def index() -> ResponseReturnValue:
    """What there is to administer, for this actor."""
    with use_case() as connection:
        running = jobs.live(connection)
        origins = sources.listed(connection)
        may = allows(current_actor(), USERS)
        count = len(users.listed(connection, current_actor())) if may else None
    return render("admin/index.html", running=running, sources=origins, user_count=count)


@feature.get("/admin/jobs", permission=Permission.JOBS_READ)
def all_jobs() -> ResponseReturnValue:
    """Jobs this actor may see, newest first, those that run with their progress."""
    state = request.args.get("state", "")
    with use_case() as connection:
        recent = jobs.recent(connection, state=state)
    return render("admin/jobs.html", jobs=recent, state=state)


@feature.post("/admin/jobs/<code>/cancel", permission=Permission.JOBS_READ)
def cancel(code: str) -> ResponseReturnValue:
    """Ask for the end of one's own job (or, as system administrator, of any)."""
    with use_case() as connection:
        jobs.cancel(connection, code)
    return done(t("admin.job_cancelled", code=code), "/admin/jobs")


@feature.get("/admin/users", permission=USERS)
def user_list() -> ResponseReturnValue:
    """All accounts."""
    words = request.args.get("q", "").strip()[:100]
    with use_case() as connection:
        listed = users.listed(connection, current_actor(), words)
        resets = lost.listed(connection)
    return render("admin/users.html", users=listed, words=words, resets=resets[:MOST_RESETS])


@feature.get("/admin/users/new", permission=USERS)
def new_user() -> ResponseReturnValue:
    """The form for a new account."""
    return _user_form({"locale": "zh-Hans"})


@feature.post("/admin/users/new", permission=USERS)
def make_user() -> ResponseReturnValue:
    """Make an account and show its first password, this once."""
    form = request.form
    new_user = users.NewUser(
        form.get("login", ""), form.get("name", ""), form.get("party", ""), form.get("locale", "")
    )
    try:
        with use_case() as connection:
            _, handed = users.create(connection, current_actor(), new_user)
    except Invalid as refused:
        return _user_form(form, refused), 422
    return _user(new_user.login.strip().lower(), handed=handed), 201


@feature.get("/admin/users/<login>", permission=USERS)
def user(login: str) -> ResponseReturnValue:
    """One account: state, roles, what may be done."""
    return _user(login)


@feature.post("/admin/users/<login>/active", permission=USERS)
def set_active(login: str) -> ResponseReturnValue:
    """Disable the account, ending all its sessions, or enable it again."""
    active = request.form.get("active") == "1"
    with use_case() as connection:
        users.set_active(connection, current_actor(), login, active=active)
    message = t("admin.user_enabled" if active else "admin.user_disabled", login=login)
    return done(message, f"/admin/users/{login}")


@feature.post("/admin/users/<login>/password", permission=USERS)
def reset(login: str) -> ResponseReturnValue:
    """A new first password, shown this once."""
    with use_case() as connection:
        handed = users.reset_password(connection, current_actor(), login)
    return _user(login, handed=handed)


@feature.post("/admin/users/<login>/provider", permission=USERS)
def bind(login: str) -> ResponseReturnValue:
    """Bind the account to a subject of the identity provider, or unbind it; all its sessions end."""
    provider, subject = settings().openid, request.form.get("subject", "")
    if provider is None and subject.strip():
        raise NotFound("page.missing")
    try:
        with use_case() as connection:
            users.bind(connection, current_actor(), login, provider.issuer if provider else "", subject)
    except Invalid as refused:
        return _user(login, refused), 422
    message = t("openid.bound" if subject.strip() else "openid.unbound_now", login=login)
    return done(message, f"/admin/users/{login}#provider")


@feature.post("/admin/users/<login>/factor", permission=USERS)
def ask_factor_reset(login: str) -> ResponseReturnValue:
    """Ask another administrator to end the second factor of an account whose device or sheet is lost."""
    outcome, reason = request.form.get("outcome", ""), request.form.get("reason", "")
    try:
        with use_case() as connection:
            lost.ask(connection, current_actor(), login, outcome=outcome, reason=reason)
    except Invalid as refused:
        return _user(login, refused), 422
    return done(t("factor.reset_asked"), f"/admin/users/{login}#factor")


@feature.post("/admin/users/<login>/factor/decide", permission=USERS)
def decide_factor_reset(login: str) -> ResponseReturnValue:
    """Approve or refuse what another administrator asked for; codes of a new sheet are shown this once."""
    approve = request.form.get("approve") == "1"
    with use_case() as connection:
        sheet = lost.decide(connection, current_actor(), login, approve=approve)
    if sheet:
        return _user(login, sheet=sheet), 201
    return done(
        t("factor.reset_approved" if approve else "factor.reset_refused"), f"/admin/users/{login}#factor"
    )


@feature.post(
    "/admin/users/<login>/interests/<int(max=9223372036854775807):interest_id>/end", permission=USERS
)
def end_interest(login: str, interest_id: int) -> ResponseReturnValue:
    """End an interest that somebody else declared."""
    with use_case() as connection:
        ties.end(connection, current_actor(), login, interest_id)
    return done(t("tie.ended", login=login), f"/admin/users/{login}#interests")


@feature.post("/admin/users/<login>/roles", permission=ROLES)
def give_role(login: str) -> ResponseReturnValue:
    """Give a role, everywhere or for one city; never one's own. One that another excludes waits for approval."""
    form = request.form
    role, area = form.get("role", ""), form.get("area", "")
    exception = users.RoleException(form.get("exception_reason", ""), form.get("exception_end", ""))
    try:
        with use_case() as connection:
            given = users.give_role(connection, current_actor(), login, role, area, exception)
    except Invalid as refused:
        return _user(login, refused), 422
    except Conflict:
        message = t("user.role_held", role=t(f"role.{role}"), login=login)
        return done(message, f"/admin/users/{login}", "warning")
    message = t("admin.role_given" if given else "admin.role_waits", role=t(f"role.{role}"), login=login)
    return done(message, f"/admin/users/{login}")


@feature.post("/admin/users/<login>/roles/<int(max=9223372036854775807):role_id>/approve", permission=ROLES)
def approve_role(login: str, role_id: int) -> ResponseReturnValue:
    """Approve what another administrator asked for: two roles held together, for a reason and a time."""
    with use_case() as connection:
        users.approve_role(connection, current_actor(), login, role_id)
    return done(t("admin.exception_approved", login=login), f"/admin/users/{login}")


@feature.post("/admin/users/<login>/roles/<int(max=9223372036854775807):role_id>/end", permission=ROLES)
def end_role(login: str, role_id: int) -> ResponseReturnValue:
    """End a role now."""
    with use_case() as connection:
        users.end_role(connection, current_actor(), login, role_id)
    return done(t("admin.role_ended", login=login), f"/admin/users/{login}")


def _user(
    login: str, refused: Invalid | None = None, handed: str = "", sheet: list[str] | None = None
) -> str:
    with use_case() as connection:
        account = users.find(connection, current_actor(), login)
        resets = lost.listed(connection, user_id=account.id)
        interests = ties.of_user(connection, account.id)
    factor = factors.of_user(database(), account.id)
    context = {"user": account, "errors": messages(refused), "handed": handed, "roles": list(Role)}
    context |= {"factor": factor, "resets": resets, "sheet": sheet, "me": current_actor().user_id}
    context["sent"] = request.form if refused else {}
    context |= {"rules": apart.rules(), "interests": interests, "provider": settings().openid}
    own = account.id == current_actor().user_id
    return render("admin/user.html", **context, own=own, cities=all_cities())


def _user_form(values: object, refused: Invalid | None = None) -> str:
    with use_case() as connection:
        offered = parties.choices(connection)
    return render("admin/user_form.html", values=values, errors=messages(refused), parties=offered)
