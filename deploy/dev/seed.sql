-- Example sites, the first profile and the first token of the API for the development system. psql variables: serving_url, both_url (a
-- listener with both roles), pm_interval (s), token_hash (SHA-256 of the token in secret/api_token, hex).
-- Values are by logical name; deploy/datamodels/*.json turns names into the paths of the device at hand.
-- Who changes this profile raises its version: the newest one counts, and a database of an earlier time has the older ones.
insert into profile (tenant, name, version, doc) values ('default', 'default', 2, '{
	"kinds": {
		"hnb": {
			"discovery": {
				"send": ["segw.1", "segw.2", "hnbgw.1", "hnbgw.port", "tunnel.cwmp", "management.url"],
				"require": ["segw.1", "management.url"]
			},
			"registration": {
				"send": ["hnbgw.1", "hnbgw.2", "hnbgw.port", "identity.realm", "management.periodic_enable", "management.periodic_interval",
					"umts.plmn", "umts.lac_rac", "umts.sac", "umts.rnc", "umts.uarfcn_dl", "umts.scrambling_code",
					"umts.access_mode"],
				"require": ["hnbgw.1"],
				"gateway": ["hnbgw.1"]
			},
			"attributes": { "notify": { "fault.expedited": 2, "fault.queued": 1, "fap.op_state": 2, "fap.rf_tx": 2 } },
			"notifications": { "notify": { "tunnel.address": 2 } },
			"pm": {
				"send": ["pm.enable", "pm.interval", "pm.time", "pm.url", "pm.config"],
				"require": ["pm.enable", "pm.interval", "pm.url"]
			},
			"configuration": {
				"delivery": "file", "file_type": "3 Vendor Configuration File",
				"send": ["umts.cell_id", "umts.uarfcn_dl", "umts.scrambling_code", "umts.access_mode"]
			},
			"unlock": { "send": ["fap.admin_state"], "require": ["fap.admin_state"] },
			"deprovision": {
				"send": ["fap.admin_state", "segw.1", "segw.2", "hnbgw.1", "hnbgw.2"],
				"values": { "fap.admin_state": "false", "segw.1": "", "segw.2": "", "hnbgw.1": "", "hnbgw.2": "" }
			}
		},
		"henb": {
			"discovery": {
				"send": ["segw.1", "segw.2", "s1.servers", "management.url"],
				"require": ["segw.1", "management.url"]
			},
			"registration": {
				"send": ["s1.servers", "s1.port", "s1.mode", "management.periodic_enable", "management.periodic_interval",
					"lte.tac", "lte.earfcn_dl", "lte.earfcn_ul", "lte.phy_cell_id", "lte.access_mode"],
				"require": ["s1.servers"],
				"gateway": ["s1.servers"]
			},
			"attributes": { "notify": { "fault.expedited": 2, "fault.queued": 1, "fap.op_state": 2, "fap.rf_tx": 2 } },
			"notifications": { "notify": { "tunnel.address": 2 } },
			"pm": {
				"send": ["pm.enable", "pm.interval", "pm.time", "pm.url", "pm.config"],
				"require": ["pm.enable", "pm.interval", "pm.url"]
			},
			"configuration": {
				"delivery": "file", "file_type": "3 Vendor Configuration File",
				"send": ["lte.tac", "lte.earfcn_dl", "lte.earfcn_ul", "lte.phy_cell_id", "lte.access_mode"]
			},
			"unlock": { "send": ["fap.admin_state"], "require": ["fap.admin_state"] },
			"deprovision": {
				"send": ["fap.admin_state", "segw.1", "segw.2", "s1.servers"],
				"values": { "fap.admin_state": "false", "segw.1": "", "segw.2": "", "s1.servers": "" }
			}
		}
	},
	"location": { "read_if_absent": true },
	"values": {
		"hnbgw.port": "29169", "s1.port": "36412", "s1.mode": "One", "tunnel.cwmp": "false",
		"management.periodic_enable": "true", "management.periodic_interval": "300",
		"identity.realm": "hnb.mnc001.mcc001.3gppnetwork.org",
		"umts.plmn": "00101", "umts.rnc": "100", "umts.uarfcn_dl": "10662", "umts.scrambling_code": "401,402..410",
		"umts.access_mode": "Open Access", "lte.earfcn_dl": "2850", "lte.earfcn_ul": "20850", "lte.phy_cell_id": "1..20",
		"lte.access_mode": "Open Access", "fap.admin_state": "true",
		"umts.cell_id": "65537", "pm.enable": "true", "pm.interval": "900", "pm.time": "2026-01-01T00:00:00Z",
		"pm.url": "{files.pm_url}", "pm.config": "{pm.row}"
	}
}') on conflict do nothing;

insert into site (tenant, name, prio, match, doc) values
	('default', 'london', 10, '{"circle": {"lat": 51.5, "lon": -0.12, "radius_m": 50000}}',
		jsonb_build_object('values', jsonb_build_object('segw.1', 'segw1.london.example', 'segw.2', 'segw2.london.example',
			'hnbgw.1', 'hnbgw1.london.example', 'hnbgw.2', 'hnbgw2.london.example', 's1.servers', '192.0.2.10,192.0.2.11',
			'umts.lac_rac', '4001:1', 'umts.sac', '101', 'lte.tac', '4001', 'management.url', :'serving_url'))),
	('default', 'munich', 10, '{"circle": {"lat": 48.137, "lon": 11.575, "radius_m": 50000}}',
		jsonb_build_object('values', jsonb_build_object('segw.1', 'segw1.munich.example', 'segw.2', 'segw2.munich.example',
			'hnbgw.1', 'hnbgw1.munich.example', 'hnbgw.2', 'hnbgw2.munich.example', 's1.servers', '192.0.2.20,192.0.2.21',
			'umts.lac_rac', '5001:1', 'umts.sac', '201', 'lte.tac', '5001', 'management.url', :'both_url', 'pm.interval', :'pm_interval'))),
	('default', 'elsewhere', 1000, '{"any": true}',
		jsonb_build_object('values', jsonb_build_object('segw.1', 'segw.example', 'hnbgw.1', 'hnbgw.example', 's1.servers', '192.0.2.1',
			'umts.lac_rac', '1:1', 'umts.sac', '1', 'lte.tac', '1', 'management.url', :'serving_url')))
on conflict (tenant, name) do update set doc = excluded.doc;

insert into api_token (tenant, name, role, hash) values ('default', 'admin', 'admin', decode(:'token_hash', 'hex'))
on conflict (tenant, name) do update set hash = excluded.hash, revoked = null;
