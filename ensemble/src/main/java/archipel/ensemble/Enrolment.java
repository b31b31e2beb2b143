package archipel.ensemble;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.identity.NodeIdentity;
import archipel.storage.FormatVersion;
import archipel.transport.MemberSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes the node of a data directory, which is not started yet, a member of an ensemble that runs: a member is asked to
 * add its key, and answers what the node has to know. Done again it changes nothing.
 */
public final class Enrolment {
    private static final String OTHER_SECRET = "ARCHIPEL_ENSEMBLE_SECRET is not the secret of that ensemble";

    private final Path data;
    private final MemberAddress address;
    private final boolean observer;
    private final String id;

    private Enrolment(Path data, MemberAddress address, boolean observer, String id) {
        this.data = data;
        this.address = address;
        this.observer = observer;
        this.id = id;
    }

    /**
     * Makes the node's key where it has none.
     *
     * @param given its name, and where other members reach it; null for those of the member that it is already
     * @param observer whether it is to follow without a vote, of one that is no member
     * @throws IllegalArgumentException that says what has to be given
     */
    public static Enrolment of(Path data, @Nullable MemberAddress given, boolean observer) throws IOException {
        MemberAddress address = given;
        boolean follows = observer;
        if (Ensemble.isMember(data)) {
            MemberFile file = MemberFile.read(Ensemble.file(data));
            MemberInfo own = file.members().get(file.name());
            if (address == null && own != null) {
                address = own.address();
            } else if (address != null && !address.name().equals(file.name())) {
                throw new IllegalArgumentException(
                        data + " is that of member " + file.name() + ", and not of " + address.name());
            }
            follows = own != null && file.isFormed() ? own.observer() : observer;
        } else if (Files.exists(data.resolve("FORMAT"))) {
            throw new IllegalArgumentException(data + " has data of a node of its own, which the ensemble's would"
                    + " replace: name an empty directory, and replicate what is here into the ensemble");
        }
        if (address == null) {
            throw new IllegalArgumentException("the member's name and address are missing: give NAME=HOST:PORT");
        }
        Files.createDirectories(data);
        return new Enrolment(
                data,
                address,
                follows,
                NodeIdentity.open(data.resolve("identity")).fingerprint());
    }

    public MemberAddress address() {
        return address;
    }

    /**
     * What a member is asked, by {@code POST /_ensemble/members}.
     *
     * @param secret whether it is to tell what the members have in common
     */
    public byte[] request(boolean secret) {
        return new JsonBuffer(256)
                .ascii("{\"name\":")
                .string(address.name())
                .ascii(",\"address\":")
                .string(address.place())
                .ascii(",\"id\":")
                .string(id)
                .ascii(",\"observer\":")
                .bool(observer)
                .ascii(",\"format\":")
                .number(FormatVersion.NEWEST.number())
                .ascii(",\"secret\":")
                .bool(secret)
                .ascii('}')
                .toByteArray();
    }

    /**
     * @param secret that this node was given
     * @param ensemble that it is to join, as {@code GET /_ensemble} calls it
     * @throws IllegalArgumentException where that has another secret
     */
    public static void requireSecret(String secret, String ensemble) {
        if (!MemberFile.ensemble(MemberSecret.of(secret)).equals(ensemble)) {
            throw new IllegalArgumentException(OTHER_SECRET);
        }
    }

    /**
     * Takes over what the member has answered.
     *
     * @param secret what the members have in common; empty where the answer says it
     * @param origin random bits
     * @throws IllegalArgumentException where the secret is another one
     */
    public void accept(byte[] answer, String secret, long origin) throws IOException {
        try {
            JsonNode json = JsonTree.parse(answer, JsonLimits.DEFAULT);
            MemberSecret common = secret.isEmpty()
                    ? MemberSecret.ofBytes(
                            Base64.getDecoder().decode(json.path("secret").asString("")))
                    : MemberSecret.of(secret);
            Path path = Ensemble.file(data);
            MemberFile file = MemberFile.exists(path)
                    ? MemberFile.read(path)
                    : MemberFile.make(path, address.name(), origin, common);
            if (!file.ensemble().equals(json.path("ensemble").asString(""))) {
                throw new IllegalArgumentException(
                        Ensemble.isMember(data) ? data + " belongs to another ensemble" : OTHER_SECRET);
            }
            if (!file.isFormed()) {
                file.form(MemberFile.NOBODY, json.path("groups").asInt(0), false);
            }
            Roster roster = Roster.parse(json.path("roster"));
            Roster.Entry own = roster.find(file.name());
            if (own != null && own.origin() == 0) {
                // It was added just now. Where it was a member before, what that has sent is about to be forgotten.
                file.setOrigin(origin);
            }
            file.members().clear();
            roster.members().values().stream()
                    .filter(entry -> !entry.leaving())
                    .forEach(entry -> file.members()
                            .put(
                                    entry.name(),
                                    new MemberInfo(entry.address(), entry.fingerprint(), entry.observer(), "")));
            file.setRoster(roster.version());
            file.setRemoved(false);
            file.save();
        } catch (RequestException e) {
            throw new IOException("the member has answered what cannot be read", e);
        }
    }
}
