package archipel.auth;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.memory.BoundedMap;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.Settings;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hashes a password anew, in the background, when somebody logs in whose stored hash takes less work to guess than the
 * settings ask for. The salt stays: sessions that were begun with it go on, and nodes that do the same at the same time
 * make the same revision. After that the user is left alone for a while, as in CouchDB: what cannot be stored must not
 * cost each login another hash, and who logs in to change the password meets no conflict with an upgrade each time.
 */
final class HashUpgrade {
    private static final Logger LOG = LoggerFactory.getLogger(HashUpgrade.class);
    private static final long PAUSE_MS = 5_000;
    /** Accounts whose pause is known; that of others ends early. */
    private static final int REMEMBERED = 10_000;

    private final UserDirectory directory;
    private final UserStore store;
    private final Settings settings;
    private final Passwords passwords;
    private final InstantSource clock;
    private final Set<Account> underWay = ConcurrentHashMap.newKeySet();
    private final BoundedMap<Account, Long> endedMs = new BoundedMap<>(() -> REMEMBERED);

    private record Account(String name, boolean admin) {}

    HashUpgrade(UserDirectory directory, UserStore store, Settings settings, Passwords passwords, InstantSource clock) {
        this.store = store;
        this.clock = clock;
        this.directory = directory;
        this.settings = settings;
        this.passwords = passwords;
    }

    /** @param password the right one */
    void loggedIn(UserRecord user, String password) {
        PasswordHash hash = user.hash();
        if (hash == null || !settings.get(AccountSettings.UPGRADE_HASH_ON_AUTH) || !passwords.isWeak(hash)) {
            return;
        }
        Account account = new Account(user.name(), user.isAdmin());
        if (!isPausing(account) && underWay.add(account)) {
            Thread.ofVirtual().name("archipel-upgrade").start(() -> {
                try {
                    upgrade(user, hash, password);
                } finally {
                    endedMs.put(account, clock.millis());
                    underWay.remove(account);
                }
            });
        }
    }

    private boolean isPausing(Account account) {
        Long ended = endedMs.get(account);
        return ended != null && Math.abs(clock.millis() - ended) < PAUSE_MS;
    }

    private void upgrade(UserRecord user, PasswordHash hash, String password) {
        try {
            PasswordHash stronger = passwords.strengthened(hash, password);
            boolean stored = user.isAdmin()
                    ? directory.admins().replace(user.name(), hash, stronger)
                    : store(user.name(), hash, stronger);
            if (stored) {
                passwords.remember(user.name(), stronger, password);
                LOG.info("The password of {} is stored with a stronger hash.", user.name());
            }
        } catch (RuntimeException failed) {
            LOG.warn("The password of {} could not be hashed anew; a later login tries again.", user.name(), failed);
        }
    }

    private boolean store(String name, PasswordHash hash, PasswordHash stronger) {
        Database users = directory.users();
        if (users == null) {
            return false;
        }
        String id = UserDocument.ID_PREFIX + name;
        Revision replaced;
        DocumentBody upgraded;
        try (Reader reader = users.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            DocumentBody body = record == null || record.winner().deleted()
                    ? null
                    : reader.documents().body(id, record.winner().revision());
            UserDocument document = body == null ? null : UserDocument.parse(body.json());
            if (record == null || body == null || document == null || !hash.equals(document.passwordHash())) {
                return false; // changed meanwhile
            }
            replaced = record.winner().revision();
            upgraded = new DocumentBody(document.withHash(stronger), body.attachments());
        }
        return store.replace(users, id, replaced, upgraded);
    }
}
