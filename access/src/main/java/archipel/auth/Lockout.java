package archipel.auth;

import archipel.auth.AccountSettings.LockoutMode;
import archipel.changes.SteadyClock;
import archipel.clients.ClientNetwork;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Metrics;
import archipel.memory.BoundedMap;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the guessing of passwords: after a number of failures a user's account is locked for the network they came
 * from. A new password, which has a new salt, unlocks it.
 *
 * <p>Attempts on a locked account still have to be answered, and an admin's right password still counts. They take
 * turns, so many a second for each account and network, in the order in which they came: that bounds what can be
 * guessed, also where a password is remembered and comparing it takes microseconds. A turn is a time in the future that
 * the attempt waits for; nothing is queued.
 *
 * <p>A success forgets the failures before it, but only once a minute. Otherwise a client that logs in with each
 * request would give everybody behind the same proxy a few guesses with each of them.
 */
public final class Lockout {
    private static final Logger LOG = LoggerFactory.getLogger(Lockout.class);
    private static final long LONGEST_WAIT_MS = 10_000;
    private static final long FORGIVEN_EVERY_MS = 60_000;
    private static final long NEVER_MS = Long.MIN_VALUE / 2;

    private final Settings settings;
    private final SteadyClock clock;
    private final BoundedMap<Account, Failures> failures;
    private final LogPace pace;

    private final LongAdder wrongPasswords = new LongAdder();
    private final LongAdder refusals = new LongAdder();

    public Lockout(Settings settings, SteadyClock clock) {
        this.settings = settings;
        this.clock = clock;
        this.failures = new BoundedMap<>(() -> settings.get(AccountSettings.LOCKOUT_MAX_OBJECTS));
        this.pace = new LogPace(clock);
    }

    /** Registers how often a name or password was wrong, and how often a locked account was refused. */
    public void register(Metrics metrics) {
        metrics.counter("logins_failed", "logins with a wrong name or password", wrongPasswords::sum);
        metrics.counter("logins_locked_out", "logins refused because of earlier failures", refusals::sum);
    }

    /** Whether attempts on the account have to wait for their turn. */
    boolean isLocked(Account account) {
        return isLocked(failures.get(account));
    }

    private boolean isLocked(@Nullable Failures known) {
        return settings.get(AccountSettings.LOCKOUT_MODE) == LockoutMode.ENFORCE && isFull(known);
    }

    /**
     * Takes the next turn of a locked account.
     *
     * @return milliseconds until then, at most ten seconds
     * @throws RequestException 429 where the turns of ten seconds are taken
     */
    long turn(Account account) {
        int perSecond = settings.get(AccountSettings.LOCKED_ATTEMPTS_PER_SECOND);
        long nowMicros = clock.millis() * 1_000;
        long[] turnMicros = {nowMicros};
        failures.update(account, known -> {
            Failures before = known == null ? Failures.NONE : known;
            turnMicros[0] = Math.max(nowMicros, before.nextTurnMicros);
            return isTooLate(turnMicros[0] - nowMicros)
                    ? known
                    : before.withNextTurn(turnMicros[0] + 1_000_000 / perSecond);
        });
        long waitMicros = turnMicros[0] - nowMicros;
        if (isTooLate(waitMicros)) {
            refusals.increment();
            throw new RequestException(ErrorCode.TOO_MANY_LOGINS);
        }
        return (waitMicros + 999) / 1_000;
    }

    private static boolean isTooLate(long waitMicros) {
        return waitMicros >= LONGEST_WAIT_MS * 1_000;
    }

    /**
     * Counts a wrong name or password, or an attempt on a locked account.
     *
     * @return false where the account was locked before it was counted
     */
    boolean failed(Account account) {
        wrongPasswords.increment();
        LockoutMode mode = settings.get(AccountSettings.LOCKOUT_MODE);
        boolean[] full = {false};
        boolean[] locks = {false};
        if (mode != LockoutMode.OFF) {
            failures.update(account, known -> {
                full[0] = isFull(known);
                Failures after = counted(known);
                locks[0] = !full[0] && mode == LockoutMode.ENFORCE && isFull(after);
                return after;
            });
        }
        log(account, mode, full[0]);
        if (locks[0] && pace.next(account, "locked").isPresent()) {
            LOG.warn("{} is locked for {}: too many wrong passwords.", account.shownUser(), account.peer);
        }
        return !full[0] || mode != LockoutMode.ENFORCE;
    }

    /**
     * Counts a wrong password that was compared although the attempt is refused for another reason, with an answer that
     * does not say that it was wrong. Counted apart, since a lock would say it later.
     */
    void failedUnseen(Account account) {
        wrongPasswords.increment();
        LockoutMode mode = settings.get(AccountSettings.LOCKOUT_MODE);
        if (mode != LockoutMode.OFF) {
            failures.update(account.unseen(), this::counted);
        }
        log(account, mode, false);
    }

    /** Whether so many such passwords were wrong that no more are compared, but an admin's in turn. */
    boolean isSpentUnseen(Account account) {
        return isLocked(account.unseen());
    }

    /**
     * Takes the turn in which one more such password may be compared, unless the next is yet to come. Nobody waits for
     * it: that would tell whose passwords are compared.
     */
    boolean tryTurnUnseen(Account account) {
        long gapMicros = 1_000_000 / settings.get(AccountSettings.LOCKED_ATTEMPTS_PER_SECOND);
        long nowMicros = clock.millis() * 1_000;
        boolean[] taken = {false};
        failures.update(account.unseen(), known -> {
            Failures before = known == null ? Failures.NONE : known;
            taken[0] = before.nextTurnMicros <= nowMicros;
            return taken[0] ? before.withNextTurn(nowMicros + gapMicros) : known;
        });
        return taken[0];
    }

    /** The right password came although so many such passwords were wrong. */
    void forgiveUnseen(Account account) {
        failures.update(account.unseen(), this::forgiven);
    }

    private Failures counted(@Nullable Failures known) {
        Failures before = known == null ? Failures.NONE : known;
        return before.counted(isOver(known) ? 1 : before.count + 1, clock.millis());
    }

    private void log(Account account, LockoutMode mode, boolean full) {
        OptionalLong leftOut = pace.next(account, "wrong");
        if (leftOut.isEmpty()) {
            return;
        }
        String more = leftOut.getAsLong() == 0
                ? ""
                : " (" + leftOut.getAsLong() + " more were not logged since the last such line)";
        if (full && mode == LockoutMode.ENFORCE) {
            // Whether the password was right was not even looked at, unless the account is an admin's.
            LOG.warn("A login as {} from {} was refused: it is locked{}.", account.shownUser(), account.peer, more);
        } else {
            String often = full ? ", too many times" : "";
            LOG.warn("Wrong name or password for {} from {}{}{}.", account.shownUser(), account.peer, often, more);
        }
    }

    /** Counts the refusal of an attempt on a locked account. */
    void refused() {
        refusals.increment();
    }

    /**
     * A right password came while the account was not locked.
     *
     * @return false where it has been locked meanwhile, so that the attempt has to wait for its turn like others
     */
    boolean succeeded(Account account) {
        if (failures.get(account) == null) {
            return true;
        }
        boolean[] locked = {false};
        failures.update(account, known -> {
            locked[0] = isLocked(known);
            return locked[0] ? known : forgiven(known);
        });
        return !locked[0];
    }

    /** The right password came in its turn, while the account was locked. */
    void unlock(Account account) {
        failures.update(account, this::forgiven);
    }

    private @Nullable Failures forgiven(@Nullable Failures known) {
        long nowMs = clock.millis();
        if (known == null || nowMs - known.forgivenMs < FORGIVEN_EVERY_MS) {
            return known;
        }
        return known.count == 0 ? null : known.forgiven(nowMs);
    }

    private boolean isFull(@Nullable Failures known) {
        return known != null && !isOver(known) && known.count >= settings.get(AccountSettings.LOCKOUT_THRESHOLD);
    }

    private boolean isOver(@Nullable Failures known) {
        return known == null || clock.millis() - known.lastMs >= settings.get(AccountSettings.LOCKOUT_MS);
    }

    /**
     * Whose failures are counted together.
     *
     * @param peer the network of the client's address
     * @param user the name; of a long one its beginning and its hash, since clients choose what is remembered here
     */
    record Account(String peer, String user, String salt) {
        private static final int LONGEST_NAME = 200;
        private static final int SHOWN = 64;

        /** @param salt of the user; empty where there is none */
        static Account of(String address, String user, String salt) {
            return new Account(ClientNetwork.of(address), user.length() <= LONGEST_NAME ? user : shortened(user), salt);
        }

        private static String shortened(String name) {
            try {
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                byte[] digest = sha256.digest(name.getBytes(StandardCharsets.UTF_8));
                return name.substring(0, SHOWN) + HexFormat.of().formatHex(digest);
            } catch (NoSuchAlgorithmException absent) {
                throw new IllegalStateException("every Java has SHA-256", absent);
            }
        }

        /** What counts apart for the same user and network. No salt has this end. */
        private Account unseen() {
            return new Account(peer, user, salt + " unseen");
        }

        private String shownUser() {
            return user.length() <= SHOWN ? user : user.substring(0, SHOWN) + "…";
        }
    }

    /**
     * What is known of an account.
     *
     * @param lastMs when the newest was counted
     * @param forgivenMs when a success last set the count to 0
     * @param nextTurnMicros when the next attempt on it may be tried while it is locked
     */
    private record Failures(int count, long lastMs, long forgivenMs, long nextTurnMicros) {
        private static final Failures NONE = new Failures(0, NEVER_MS, NEVER_MS, 0);

        private Failures counted(int newCount, long nowMs) {
            return new Failures(newCount, nowMs, forgivenMs, nextTurnMicros);
        }

        private Failures forgiven(long nowMs) {
            return new Failures(0, lastMs, nowMs, nextTurnMicros);
        }

        private Failures withNextTurn(long micros) {
            return new Failures(count, lastMs, forgivenMs, micros);
        }
    }
}
