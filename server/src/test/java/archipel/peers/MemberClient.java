package archipel.peers;

import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.remote.DeniedAddresses;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Asks a node whatever a test wants with the key of another one. */
final class MemberClient implements AutoCloseable {
    private final RemoteClient client;
    private final RemoteAddress address;

    MemberClient(NodeIdentity identity, MeshNode node) throws IOException {
        client = new RemoteClient(
                new DeniedAddresses(List::of),
                64,
                new RemoteClient.Trust(NodeTls.asking(identity, node.id()), false, NodeTls.SERVER_NAME));
        address = RemoteAddress.parse(
                "https://127.0.0.1:" + node.server().server().port() + "/", null, Map.of());
    }

    static RemoteRequest post(String path, String json) {
        return RemoteRequest.post(path, json.getBytes(StandardCharsets.UTF_8));
    }

    RemoteAnswer send(RemoteRequest request) throws IOException, InterruptedException {
        return client.send(address, request);
    }

    int status(RemoteRequest request) throws IOException, InterruptedException {
        try (RemoteAnswer answer = send(request)) {
            return answer.status();
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
