// Until tests/it/openapi.json describes sources; then api.d.ts has these.

declare namespace Api {
  interface SourceView { id: number; kind: 'folder' | 'camera' | 'contributor' | 'guests'; name: string; credit: string | null;
    folder: string | null; login: string | null; max_photos: number | null; max_per_guest: number | null; held: boolean;
    paused: boolean; photos: number; photos_today: number; photos_per_minute: number; waiting: number;
    last_photo_at: string | null; seen_at: string | null;
    trouble: { code: string; detail: string | null; at: string } | null; created_at: string }
  interface SourceList { items: SourceView[]; folders_allowed: boolean; host: string;
    ftp: { port: number; tls: boolean; require_tls: boolean } | null }
  interface SourceCreate { kind: string; name: string }
  interface SourceUpdate { name?: string; paused?: boolean; new_key?: boolean }
  interface SourceAccess { login: string | null; password: string | null; link: string | null }
}
