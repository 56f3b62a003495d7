declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export default function SwaggerUI(options: {
    dom_id: string;
    url: string;
    docExpansion: "list" | "full" | "none";
    deepLinking: boolean;
    validatorUrl: string | null;
  }): void;
}
