package archipel.blocks;

import archipel.http.HttpServices;
import archipel.http.Router;

/** All endpoints of this package. */
public final class BlockEndpoints {
    private BlockEndpoints() {}

    public static void register(Router router, HttpServices services) {
        new BlockHandler().register(router);
        new HorizonHandler(services.databases()).register(router);
        new VerifyHandler().register(router);
        new ForkHandler(services.databases()).register(router);
        new RewindHandler(services.databases()).register(router);
        new DifferenceHandler().register(router);
    }
}
