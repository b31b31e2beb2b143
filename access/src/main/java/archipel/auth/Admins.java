package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Settings;
import archipel.settings.Settings.Source;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server admins: CouchDB's {@code [admins]}, a name and the hash of a password each. There is always one.
 *
 * <p>Hashing a password takes longer than the rest of the start, so the start does not wait for it; whoever logs in as
 * the admin concerned does.
 */
public final class Admins {
    /** The section of the configuration that names them. */
    public static final String SECTION = "admins";

    private static final Logger LOG = LoggerFactory.getLogger(Admins.class);
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static final int GENERATED_LENGTH = 22;
    private static final long LEAST_PAUSE_MS = 500;
    private static final long MOST_PAUSE_MS = 30_000;

    private final Settings settings;
    private final Passwords passwords;
    private final SecureRandom random;
    // Held while an admin is looked for and changed, and while what is stored is read again: of two changes at once the
    // later sees what the earlier did, and no earlier reading is put over a later one.
    private final ReentrantLock changing = new ReentrantLock();
    private volatile @Nullable Pending pending;
    private volatile Map<String, PasswordHash> stored;

    public Admins(Settings settings, Passwords passwords, SecureRandom random) {
        this.settings = settings;
        this.passwords = passwords;
        this.random = random;
        this.stored = read(settings);
        settings.onChange(key -> {
            if (key.section().equals(SECTION)) {
                changing.lock();
                try {
                    stored = read(settings);
                } finally {
                    changing.unlock();
                }
            }
        });
    }

    private static Map<String, PasswordHash> read(Settings settings) {
        Map<String, PasswordHash> hashes = new HashMap<>();
        settings.stored(SECTION).forEach((name, text) -> {
            PasswordHash hash = PasswordHash.parseAdmin(text);
            if (hash != null) {
                hashes.put(name, hash);
            }
        });
        return hashes;
    }

    /**
     * Sees to it that there is an admin, in the background: with the password that the settings give, or else, when
     * there is none yet, with a new one.
     *
     * @param announce told the name and the password that was made, once they are stored
     * @param duty runs what stores them, for as long as that is this node's
     * @param before passwords that count no more; null where each start counts
     * @throws archipel.settings.SettingException when the password file cannot be read or is empty
     */
    public void prepare(BiConsumer<String, String> announce, Consumer<Runnable> duty, @Nullable Given before) {
        String name = settings.get(AccountSettings.ADMIN);
        String given = AdminPassword.given(settings);
        boolean named = settings.resolved(AccountSettings.ADMIN).source() != Source.DEFAULT;
        boolean known = stored.containsKey(name);
        if (given != null) {
            if (before != null && before.contains(name, given)) {
                return;
            }
            start(name, duty, () -> {
                store(name, given);
                if (before != null) {
                    before.add(name, given);
                }
            });
        } else if (!known && (named || stored.isEmpty())) {
            String made = generate();
            start(name, duty, () -> {
                if (store(name, made)) {
                    announce.accept(name, made);
                }
            });
        }
    }

    /** The password's hash; null where the name is no admin's. */
    @Nullable
    PasswordHash find(String name) {
        Pending waitFor = pending;
        if (waitFor != null && waitFor.name.equals(name)) {
            await(waitFor);
        }
        return stored.get(name);
    }

    /** Whether this is the name of an admin. */
    public boolean isAdmin(String name) {
        return find(name) != null;
    }

    /** Whether there is none yet, nor one being made: on a member of an ensemble that has not begun. */
    boolean areUnknown() {
        return pending == null && stored.isEmpty();
    }

    /** Waits until the admin that {@link #prepare} is about is there. */
    public void awaitReady() {
        Pending waitFor = pending;
        if (waitFor != null) {
            await(waitFor);
        }
    }

    /**
     * Makes an admin, or gives one another password.
     *
     * @param text a password, or the hash of one as {@link PasswordHash#toAdmin} writes it
     * @param confirm throws where whoever asked for it may not do so any more: hashing waits for its turn
     */
    public void set(String name, String text, boolean persist, Runnable confirm) {
        awaitReady();
        if (text.isEmpty()) {
            throw new RequestException(ErrorCode.ADMIN_PASSWORD_EMPTY);
        }
        PasswordHash hash = PasswordHash.parseAdmin(text);
        String stored = (hash == null ? passwords.hash(text) : hash).toAdmin();
        changing.lock();
        try {
            confirm.run();
            settings.change(key(name), stored, persist);
        } finally {
            changing.unlock();
        }
    }

    /** Puts a stronger hash of the same password in the place of one; false where it is another meanwhile. */
    boolean replace(String name, PasswordHash weak, PasswordHash stronger) {
        changing.lock();
        try {
            if (!weak.equals(stored.get(name))) {
                return false;
            }
            // One who was made until the next start stays so.
            settings.change(key(name), stronger.toAdmin(), settings.isKept(key(name)));
            return true;
        } finally {
            changing.unlock();
        }
    }

    /** @throws RequestException 400 for the only admin: there always is one */
    public void remove(String name, boolean persist) {
        awaitReady();
        changing.lock();
        try {
            if (stored.size() <= 1) {
                throw new RequestException(ErrorCode.ADMIN_LAST);
            }
            settings.change(key(name), null, persist);
        } finally {
            changing.unlock();
        }
    }

    // Whether the admin has the password now: another node may have given it one first.
    private boolean store(String name, String password) {
        PasswordHash known = stored.get(name);
        if (known != null && passwords.check(name, known, password)) {
            return true;
        }
        String hash = passwords.hash(password).toAdmin();
        settings.changeDespiteFullDisk(key(name), hash);
        return hash.equals(settings.stored(key(name)));
    }

    private String generate() {
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < GENERATED_LENGTH; i++) {
            password.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return password.toString();
    }

    private void start(String name, Consumer<Runnable> duty, Runnable work) {
        FutureTask<Void> task = new FutureTask<>(() -> duty.accept(work), null);
        Pending first = new Pending(name, task);
        pending = first;
        Thread.ofPlatform().daemon().name("archipel-admin").start(() -> {
            task.run();
            if (task.state() != FutureTask.State.FAILED) {
                record(name, duty);
            } else if (task.exceptionNow() instanceof RequestException refusal
                    && refusal.code() != ErrorCode.STOPPING) {
                // Nobody is to wait for what others may do: in an ensemble, whoever leads next.
                if (pending == first) {
                    pending = null;
                }
                if (refusal.code() != ErrorCode.STALE_TERM) {
                    AtomicBoolean done = new AtomicBoolean();
                    retry(name, () -> !done.get(), () -> {
                        duty.accept(work);
                        done.set(true);
                    });
                    record(name, duty);
                }
            } else {
                LOG.error("The admin {} could not be stored.", name, task.exceptionNow());
            }
        });
    }

    // What could not be stored is in effect until the node stops, and stored as soon as that can be.
    private void record(String name, Consumer<Runnable> duty) {
        String hash = settings.stored(key(name));
        if (hash != null) {
            retry(
                    name,
                    () -> hash.equals(settings.stored(key(name))) && !settings.isKept(key(name)),
                    () -> duty.accept(() -> storeAgain(name, hash)));
        }
    }

    // For as long as it is due, and this node's: once it has ceased to lead, a term never is its own again.
    private static void retry(String name, BooleanSupplier due, Runnable attempt) {
        long pauseMs = LEAST_PAUSE_MS;
        while (due.getAsBoolean()) {
            try {
                TimeUnit.MILLISECONDS.sleep(pauseMs);
                pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS);
                attempt.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RequestException e) {
                if (e.code() == ErrorCode.STOPPING || e.code() == ErrorCode.STALE_TERM) {
                    return;
                }
                LOG.debug("The admin {} is not stored yet.", name, e);
            }
        }
    }

    // Unless it has another password by now, or is none.
    private void storeAgain(String name, String hash) {
        changing.lock();
        try {
            if (hash.equals(settings.stored(key(name))) && !settings.isKept(key(name))) {
                settings.change(key(name), hash, true);
                LOG.info("The admin {} is stored now.", name);
            }
        } finally {
            changing.unlock();
        }
    }

    private void await(Pending waitFor) {
        try {
            waitFor.task.get();
            pending = null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        } catch (ExecutionException | CancellationException failed) {
            throw new IllegalStateException("the admin " + waitFor.name + " could not be stored", failed);
        }
    }

    private static CouchKey key(String name) {
        return new CouchKey(SECTION, name);
    }

    /** Passwords that nodes were started with, and have given to an admin. */
    public interface Given {
        boolean contains(String name, String password);

        /** As the node whose duty that is. */
        void add(String name, String password);
    }

    private record Pending(String name, FutureTask<Void> task) {}
}
