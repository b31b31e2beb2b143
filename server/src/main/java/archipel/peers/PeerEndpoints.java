package archipel.peers;

import archipel.http.HttpServices;
import archipel.http.Router;
import archipel.mesh.Mesh;

/** All endpoints of this package. */
public final class PeerEndpoints {
    private PeerEndpoints() {}

    public static void register(Router router, HttpServices services, Mesh mesh) {
        new PeersHandler(mesh).register(router);
        new MeshHandler(mesh, services.node()).register(router);
    }
}
