package archipel.ensemble;

import archipel.consensus.Membership;
import archipel.transport.Addresses;
import archipel.transport.Admission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The members that this one knows: where they are, and by which key each is that member. The first key that a member of a
 * name shows is bound to the name, durably, before anything else is done with it; whoever shows another one later is
 * refused. So a node whose disk was lost cannot vote again as if it had its log. Safe for use by many threads.
 */
final class MemberDirectory implements Addresses, Admission {
    private static final System.Logger LOG = System.getLogger(MemberDirectory.class.getName());

    private final MemberFile file;
    private final ReentrantLock lock = new ReentrantLock();

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
        MemberInfo before = file.members().put(member, changed);
        try {
            file.save();
            return true;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "what is known of member " + member + " cannot be stored", e);
            if (before == null) {
                file.members().remove(member);
            } else {
                file.members().put(member, before);
            }
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

    boolean isFormed() {
        lock.lock();
        try {
            return file.isFormed();
        } finally {
            lock.unlock();
        }
    }

    /** All members have met: from here on their groups exist. */
    void form() {
        lock.lock();
        try {
            file.form();
            file.save();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** Of the groups as they begin. */
    Membership membership() {
        SortedSet<String> voters = new TreeSet<>();
        SortedSet<String> observers = new TreeSet<>();
        for (MemberInfo member : members()) {
            (member.observer() ? observers : voters).add(member.name());
        }
        return new Membership(voters, observers);
    }
}
