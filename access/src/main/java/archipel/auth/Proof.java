package archipel.auth;

import archipel.auth.UserDirectory.Found;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** By what a user proved to be that user, so that one can ask whether it still does. */
public sealed interface Proof {
    /**
     * Holds for as long as the request: of the anonymous, of the node itself, and of a proxy's word, which nothing here
     * can take back.
     */
    Proof LASTING = new Lasting();

    /** See {@link Identities#present}. */
    UserContext present(UserContext user, UserDirectory directory);

    /** See {@link #LASTING}. */
    record Lasting() implements Proof {
        @Override
        public UserContext present(UserContext user, UserDirectory directory) {
            return user;
        }
    }

    /**
     * A node's key, which counts for as long as the node is a member.
     *
     * @param door knows that
     */
    record OfMember(PeerDoor door) implements Proof {
        @Override
        public UserContext present(UserContext user, UserDirectory directory) {
            if (!door.isMember(String.valueOf(user.name()))) {
                throw new RequestException(ErrorCode.NOT_FOR_PEERS);
            }
            return user;
        }
    }

    /**
     * A token, which nothing takes back but its time.
     *
     * @param endSeconds from when on it proves nothing, in seconds of the epoch
     */
    record Expiring(double endSeconds, InstantSource clock) implements Proof {
        @Override
        public UserContext present(UserContext user, UserDirectory directory) {
            if (endSeconds <= clock.millis() / 1000.0) {
                throw new RequestException(ErrorCode.TOKEN_EXPIRED);
            }
            return user;
        }
    }

    /**
     * Of what acts for an account by itself, such as a replication that goes on without the account's owner.
     *
     * @param acting who that is, given the account's roles at the time; none where the account is not there any more
     */
    static Proof acting(String account, Function<List<String>, UserContext> acting) {
        return new OfDelegate(account, acting);
    }

    /** See {@link #acting}. */
    final class OfDelegate implements Proof {
        private final String account;
        private final Function<List<String>, UserContext> acting;
        private volatile @Nullable Looked last;

        private OfDelegate(String account, Function<List<String>, UserContext> acting) {
            this.account = account;
            this.acting = acting;
        }

        @Override
        public UserContext present(UserContext user, UserDirectory directory) {
            Looked before = last;
            Found found = directory.find(account, before == null ? null : before.found);
            if (before != null && found == before.found) {
                return before.user;
            }
            UserRecord record = found.user();
            UserContext now = acting.apply(record == null ? List.of() : record.roles());
            UserContext known = before == null ? user : before.user;
            UserContext present = now.roles().equals(known.roles()) && Objects.equals(now.name(), known.name())
                    ? known
                    : new UserContext(now.name(), now.roles(), now.authenticatedBy(), this);
            last = new Looked(found, present);
            return present;
        }
    }

    /** What the directory said last, and what came of it. */
    record Looked(Found found, UserContext user) {}

    /**
     * That somebody knew an account's password, or has a session that was begun with it. It holds until the account is
     * deleted or gets another password, or the secret that sessions are signed with changes. A session's time does not
     * count: what it is used for keeps it alive, and whether it was renewed meanwhile is not known here.
     *
     * <p>What the directory said last is kept with it, so that asking again costs a few comparisons as long as no
     * account has changed, however many feeds ask.
     */
    final class OfAccount implements Proof {
        private final String salt;
        private final @Nullable PasswordHash hash;
        private final @Nullable String secret;
        private volatile @Nullable Looked last;

        private OfAccount(String salt, @Nullable PasswordHash hash, @Nullable String secret) {
            this.salt = salt;
            this.hash = hash;
            this.secret = secret;
        }

        /**
         * By what signs sessions: the salt, which a new password changes unless it is told to keep it, and the secret.
         *
         * @param secret that of the node when the session was checked
         */
        static OfAccount ofSession(UserRecord account, String secret) {
            return new OfAccount(account.salt(), null, secret);
        }

        static OfAccount ofPassword(UserRecord account) {
            return new OfAccount(account.salt(), account.hash(), null);
        }

        @Override
        public UserContext present(UserContext user, UserDirectory directory) {
            if (secret != null && !secret.equals(directory.sessionSecret())) {
                throw new RequestException(ErrorCode.CREDENTIALS_REVOKED);
            }
            Looked before = last;
            Found found = directory.find(String.valueOf(user.name()), before == null ? null : before.found);
            if (before != null && found == before.found) {
                return before.user;
            }
            UserRecord account = found.user();
            if (account == null || !isOf(account)) {
                throw new RequestException(ErrorCode.CREDENTIALS_REVOKED);
            }
            List<String> roles = account.usable().roles();
            UserContext known = before == null ? user : before.user;
            UserContext present = roles.equals(known.roles())
                    ? known
                    : new UserContext(known.name(), roles, known.authenticatedBy(), this);
            last = new Looked(found, present);
            return present;
        }

        private boolean isOf(UserRecord account) {
            if (!salt.equals(account.salt())) {
                return false;
            }
            PasswordHash now = account.hash();
            return hash == null || now != null && (now.equals(hash) || now.maySucceed(hash));
        }
    }
}
