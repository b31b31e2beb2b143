package archipel.ensemble;

import archipel.consensus.Membership;
import archipel.identity.Fingerprint;
import archipel.transport.Addresses;
import archipel.transport.Admission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The members that this one knows: where they are, and by which key each is that member. The first key that a member of
 * a name shows is bound to the name, durably, before anything else is done with it; whoever shows another one later is
 * refused. So a node whose disk was lost cannot vote again as if it had its log. Safe for use by many threads.
 */
final class MemberDirectory implements Addresses, Admission {
    private static final System.Logger LOG = System.getLogger(MemberDirectory.class.getName());

    private final MemberFile file;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Roster roster = Roster.NONE;
    private volatile boolean excluded;
    // Guarded by the lock: whether the file could not be written the last time.
    private boolean unstored;

    MemberDirectory(MemberFile file) {
        this.file = file;
    }

    @Override
    public @Nullable InetSocketAddress addressOf(String member) {
        lock.lock();
        try {
            MemberInfo known = file.members().get(member);
            return known == null ? null : known.address().socketAddress();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean admits(String member, String fingerprint) {
        lock.lock();
        try {
            MemberInfo known = file.members().get(member);
            if (known == null) {
                return false;
            }
            if (known.fingerprint() != null) {
                return known.fingerprint().equals(fingerprint);
            }
            if (file.members().values().stream().anyMatch(other -> fingerprint.equals(other.fingerprint()))) {
                LOG.log(System.Logger.Level.WARNING, "Member {0} has the key of another one.", member);
                return false;
            }
            return save(member, known.withFingerprint(fingerprint));
        } finally {
            lock.unlock();
        }
    }

    private boolean save(String member, MemberInfo changed) {
        return change("what is known of member " + member, () -> file.members().put(member, changed));
    }

    @Override
    public boolean mayHave(String member, String fingerprint) {
        MemberInfo known = find(member);
        return known == null
                || known.fingerprint() == null
                || known.fingerprint().equals(fingerprint);
    }

    // What cannot be stored is not so here either, and is tried again by whoever wants it; it is said once.
    private boolean change(String what, Runnable change) {
        try {
            file.change(change);
            unstored = false;
            return true;
        } catch (IOException e) {
            LOG.log(unstored ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR, what + " cannot be stored", e);
            unstored = true;
            return false;
        }
    }

    /** Stores what has changed about a member. Nothing is done where it is none. */
    void update(String member, UnaryOperator<MemberInfo> change) {
        lock.lock();
        try {
            MemberInfo known = file.members().get(member);
            if (known != null) {
                MemberInfo changed = change.apply(known);
                if (!changed.equals(known)) {
                    save(member, changed);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    String own() {
        return file.name();
    }

    /** Null where it is none. */
    @Nullable
    MemberInfo find(String member) {
        lock.lock();
        try {
            return file.members().get(member);
        } finally {
            lock.unlock();
        }
    }

    List<MemberInfo> members() {
        lock.lock();
        try {
            return List.copyOf(file.members().values());
        } finally {
            lock.unlock();
        }
    }

    /** The fingerprints of those whose keys are known, by their names. */
    SortedMap<String, String> keys() {
        SortedMap<String, String> keys = new TreeMap<>();
        for (MemberInfo member : members()) {
            if (member.fingerprint() != null) {
                keys.put(member.name(), member.fingerprint());
            }
        }
        return keys;
    }

    /** Members whose keys nobody has told yet. */
    Set<String> unmet() {
        Set<String> unmet = new TreeSet<>();
        for (MemberInfo member : members()) {
            if (member.fingerprint() == null) {
                unmet.add(member.name());
            }
        }
        return unmet;
    }

    /** Binds members to their keys that this node has not met yet, as another one has met them. */
    void bind(SortedMap<String, String> keys) {
        keys.forEach((name, key) -> {
            if (Fingerprint.isOne(key)) {
                update(name, known -> known.fingerprint() == null ? known.withFingerprint(key) : known);
            }
        });
    }

    boolean isFormed() {
        lock.lock();
        try {
            return file.isFormed();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The groups begin; see {@link MemberFile#form}.
     *
     * @throws UncheckedIOException where they do not, since it is not stored
     */
    void form(Membership initial, int dataGroups, boolean founder) {
        lock.lock();
        try {
            file.change(() -> file.form(initial, dataGroups, founder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** As they are known at the moment. */
    Membership membership() {
        SortedSet<String> voters = new TreeSet<>();
        SortedSet<String> observers = new TreeSet<>();
        for (MemberInfo member : members()) {
            (member.observer() ? observers : voters).add(member.name());
        }
        return new Membership(voters, observers);
    }

    /** The newest that was followed since this node started; {@link Roster#NONE} before. */
    Roster roster() {
        return roster;
    }

    /** Whether the members here are to be agreed upon, whatever the node's data says. */
    boolean isFounder() {
        return file.isFounder();
    }

    /** Whether this node was removed from the ensemble. */
    boolean isRemoved() {
        return file.isRemoved() || excluded;
    }

    /** Whether the others say that this node is none of them. */
    void exclude(boolean whether) {
        excluded = whether;
    }

    /**
     * Takes over what was agreed upon, unless that is older than what this node knows.
     *
     * @return false where it cannot be stored: it is to be followed again
     */
    boolean follow(Roster agreed) {
        lock.lock();
        try {
            if (file.isFounder() || agreed.version() < file.roster() || agreed.version() == roster.version()) {
                return true;
            }
            if (!change("who the members are by now", () -> take(agreed))) {
                return false;
            }
            roster = agreed;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void take(Roster agreed) {
        file.setRemoved(follow(agreed.members()));
        file.setRoster(agreed.version());
    }

    // Whether this node is not among them. An address is taken only where it was changed, since members say of
    // themselves where they are now.
    private boolean follow(SortedMap<String, Roster.Entry> agreed) {
        MemberInfo own = file.members().get(file.name());
        file.members().keySet().removeIf(name -> !name.equals(file.name()) && !agreed.containsKey(name));
        for (Roster.Entry entry : agreed.values()) {
            if (entry.name().equals(file.name())) {
                continue;
            }
            MemberInfo known = file.members().get(entry.name());
            Roster.Entry last = roster.find(entry.name());
            boolean same = known != null && entry.fingerprint().equals(known.fingerprint());
            boolean stays = same && (last == null || last.address().equals(entry.address()));
            MemberAddress address = known != null && stays ? known.address() : entry.address();
            String url = known != null && same ? known.url() : "";
            file.members().put(entry.name(), new MemberInfo(address, entry.fingerprint(), entry.observer(), url));
        }
        Roster.Entry mine = agreed.get(file.name());
        if (own == null || mine == null || !mine.fingerprint().equals(own.fingerprint())) {
            return true;
        }
        file.members().put(file.name(), own.with(mine.observer(), own.url()));
        return false;
    }

    /** What this node has had agreed upon as it began an ensemble is so; where it cannot be stored, not yet. */
    void founded(Roster agreed) {
        lock.lock();
        try {
            boolean stored = change("that the ensemble has begun", () -> {
                file.setForced(false);
                take(agreed);
            });
            if (stored) {
                roster = agreed;
            }
        } finally {
            lock.unlock();
        }
    }
}
