package archipel.auth;

import archipel.clients.ClientNetwork;
import archipel.health.Metrics;
import archipel.settings.AccountSettings;
import archipel.settings.AccountSettings.LockoutMode;
import archipel.settings.Settings;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the guessing of passwords: after a number of failures a user's account is closed for the address they came
 * from. A new password, which has a new salt, opens it again.
 */
public final class Lockout {
    private static final Logger LOG = LoggerFactory.getLogger(Lockout.class);

    private final Settings settings;
    private final InstantSource clock;
    private final BoundedMap<Account, Failures> failures;

    private final LongAdder wrongPasswords = new LongAdder();
    private final LongAdder refusals = new LongAdder();

    public Lockout(Settings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.failures = new BoundedMap<>(() -> settings.get(AccountSettings.LOCKOUT_MAX_OBJECTS));
    }

    /** Registers how often a name or password was wrong, and how often a locked account was refused. */
    public void register(Metrics metrics) {
        metrics.counter("logins_failed", "logins with a wrong name or password", wrongPasswords::sum);
        metrics.counter("logins_locked_out", "logins refused because of earlier failures", refusals::sum);
    }

    /** Whether the account is closed. */
    boolean isLocked(Account account) {
        LockoutMode mode = settings.get(AccountSettings.LOCKOUT_MODE);
        Failures known = mode == LockoutMode.OFF ? null : failures.get(account);
        if (known == null || isOver(known) || known.count < settings.get(AccountSettings.LOCKOUT_THRESHOLD)) {
            return false;
        }
        if (mode == LockoutMode.WARN) {
            LOG.warn("Too many wrong passwords for {} from {}.", account.shownUser(), account.peer);
            return false;
        }
        refusals.increment();
        LOG.warn("{} is locked for {}: too many wrong passwords.", account.shownUser(), account.peer);
        return true;
    }

    void failed(Account account) {
        wrongPasswords.increment();
        LOG.warn("Wrong name or password for {} from {}.", account.shownUser(), account.peer);
        if (settings.get(AccountSettings.LOCKOUT_MODE) != LockoutMode.OFF) {
            failures.update(
                    account,
                    known -> new Failures(known == null || isOver(known) ? 1 : known.count + 1, clock.millis()));
        }
    }

    void succeeded(Account account) {
        failures.remove(account);
    }

    private boolean isOver(@Nullable Failures known) {
        return known == null || clock.millis() - known.lastMs >= settings.get(AccountSettings.LOCKOUT_MS);
    }

    /** Whose failures are counted together. */
    record Account(String peer, String user, String salt) {
        /** @param salt of the user; empty where there is none */
        static Account of(String address, String user, String salt) {
            return new Account(ClientNetwork.of(address), user, salt);
        }

        /** For the log: what a client made up must not look like lines of it. */
        String shownUser() {
            String printable = user.replaceAll("\\p{Cntrl}", "?");
            return printable.length() <= 64 ? printable : printable.substring(0, 64) + "…";
        }
    }

    private record Failures(int count, long lastMs) {}
}
