package archipel.scheduler;

import archipel.auth.Proof;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * On whose behalf a document's replication reads and writes databases of this node: its owner's, with the rights that
 * the owner has at the time. {@code user_ctx} can take away some of them; a server admin's can name anybody.
 */
final class JobRights {
    private final Function<String, @Nullable List<String>> accounts;

    /** @param accounts the roles that an account has now, by its name; null where there is none of that name */
    JobRights(Function<String, @Nullable List<String>> accounts) {
        this.accounts = accounts;
    }

    /** The name alone, which is part of the replication's id. */
    static @Nullable String name(JsonNode document) {
        JsonNode claimed = document.path(JobMembers.USER);
        return JobMembers.text(claimed.isObject() ? claimed : document, claimed.isObject() ? "name" : JobMembers.OWNER);
    }

    /**
     * @throws ReplicationException {@code unauthorized} where the document claims to be somebody that its owner may not
     *     act for
     */
    UserContext user(JsonNode document) throws ReplicationException {
        String owner = JobMembers.text(document, JobMembers.OWNER);
        JsonNode claimed = document.path(JobMembers.USER);
        Claim claim = claimed.isObject() ? new Claim(JobMembers.text(claimed, "name"), roles(claimed)) : null;
        if (owner == null) {
            return acting(null, List.of(), claim);
        }
        List<String> known = accounts.apply(owner);
        UserContext now = acting(owner, known == null ? List.of() : known, claim);
        return new UserContext(now.name(), now.roles(), "", Proof.acting(owner, roles -> {
            try {
                return acting(owner, roles, claim);
            } catch (ReplicationException e) {
                throw new RequestException(ErrorCode.CREDENTIALS_REVOKED);
            }
        }));
    }

    /** What {@code user_ctx} says. */
    private record Claim(@Nullable String name, List<String> roles) {}

    /** @param roles that the owner has */
    private static UserContext acting(@Nullable String owner, List<String> roles, @Nullable Claim claim)
            throws ReplicationException {
        if (claim == null) {
            return owner == null ? UserContext.ANONYMOUS : new UserContext(owner, roles, "");
        }
        if (roles.contains(UserContext.ADMIN_ROLE)) {
            return new UserContext(claim.name, claim.roles, "");
        }
        if (claim.name == null) {
            return UserContext.ANONYMOUS;
        }
        if (!claim.name.equals(owner)) {
            throw new ReplicationException(
                    "unauthorized", "user_ctx names another user than the owner of the document", true, null);
        }
        return new UserContext(
                claim.name, claim.roles.stream().filter(roles::contains).toList(), "");
    }

    /** @throws RequestException 403 where somebody who is no server admin claims to be somebody else, or more */
    static void requireClaim(UserContext user, JsonNode document) {
        JsonNode claimed = document.path(JobMembers.USER);
        if (!claimed.isObject()) {
            return;
        }
        String name = JobMembers.text(claimed, "name");
        if (name != null && !name.equals(user.name()) || !user.roles().containsAll(roles(claimed))) {
            throw new RequestException(ErrorCode.REPLICATION_USER);
        }
    }

    private static List<String> roles(JsonNode claimed) {
        List<String> roles = new ArrayList<>();
        for (JsonNode role : claimed.path("roles")) {
            if (role.isString()) {
                roles.add(role.stringValue());
            }
        }
        return roles;
    }
}
