package archipel.engine;

import archipel.command.GroupCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * In which formats a node's groups write. Groups that no other node has are raised by the node itself: to the newest
 * one; beside an ensemble's to that of the ensemble, so that an earlier version of the program can still open the data.
 */
final class Formats {
    private static final System.Logger LOG = System.getLogger(Formats.class.getName());
    /** The first in which numbers of databases are spread, and commands have origins: what an ensemble begins with. */
    private static final FormatVersion LEAST_SHARED = FormatVersion.V6;

    private final Collection<Group> groups;
    private final DataDirectory directory;
    private final boolean replicated;
    private volatile List<CompletableFuture<?>> raising = List.of();

    /** @param replicated whether other nodes have the same groups, but for the one of this node alone */
    Formats(Collection<Group> groups, DataDirectory directory, boolean replicated) {
        this.groups = groups;
        this.directory = directory;
        this.replicated = replicated;
    }

    /** Commands that come later are applied after this, so that nobody has to wait for it. */
    void begin() {
        try {
            groups.forEach(group -> directory.raiseFormat(group.format()));
            raising = raiseOwn();
        } catch (StorageException e) {
            LOG.log(System.Logger.Level.WARNING, "the format of the data is not raised yet", e);
        }
    }

    /** The oldest in which any of the groups writes. */
    FormatVersion oldest() {
        return groups.stream().map(Group::format).min(Comparator.naturalOrder()).orElseThrow();
    }

    /** @throws RequestException 400 for a format that this program does not know */
    void raise(int version) {
        FormatVersion known = FormatVersion.of(version);
        if (known == null) {
            throw new RequestException(ErrorCode.UNKNOWN_FORMAT, version, FormatVersion.NEWEST.number());
        }
        raise(groups, known).forEach(CommandLog::await);
    }

    /** Where no other node could be of an earlier version, and what was begun has not come to that. */
    void tend() {
        if (raising.stream().allMatch(CompletableFuture::isDone)) {
            raising = raiseOwn();
        }
    }

    private List<CompletableFuture<?>> raiseOwn() {
        if (!replicated) {
            return raise(groups, FormatVersion.NEWEST);
        }
        FormatVersion shared = LEAST_SHARED;
        List<Group> own = new ArrayList<>();
        for (Group group : groups) {
            if (group.id() == CatalogKeys.LOCAL_GROUP) {
                own.add(group);
            } else if (group.id() == CatalogKeys.SYSTEM_GROUP && group.format().isAtLeast(shared)) {
                shared = group.format();
            }
        }
        return raise(own, shared);
    }

    // The directory first, while nobody waits for it on the log's thread.
    private List<CompletableFuture<?>> raise(Collection<Group> some, FormatVersion version) {
        List<CompletableFuture<?>> raised = new ArrayList<>();
        for (Group group : some) {
            if (!group.format().isAtLeast(version)) {
                directory.raiseFormat(version);
                raised.add(group.append(new GroupCommand.RaiseFormat(version.number())));
            }
        }
        return raised;
    }
}
