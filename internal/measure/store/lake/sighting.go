package lake

import (
	"context"
	"strings"
	"time"

	"veedor/internal/measure/obs"
)

// sighting is the part of an observation that votes are made of: a few columns of many.
type sighting struct {
	MeasurementUID        string    `parquet:"measurement_uid"`
	Vantage               string    `parquet:"vantage,dict"`
	StartTime             time.Time `parquet:"measurement_start_time,timestamp(microsecond:local)"`
	ReportID              string    `parquet:"report_id,optional,dict"`
	Input                 string    `parquet:"input,optional,dict"`
	SoftwareName          string    `parquet:"software_name,optional,dict"`
	SoftwareVersion       string    `parquet:"software_version,optional,dict"`
	TestName              string    `parquet:"test_name,dict"`
	ProbeASN              uint32    `parquet:"probe_asn"`
	ProbeCC               string    `parquet:"probe_cc,dict"`
	ProbeID               string    `parquet:"probe_id,optional,dict"`
	Platform              string    `parquet:"platform,optional,dict"`
	Hostname              string    `parquet:"hostname,optional,dict"`
	IP                    string    `parquet:"ip,optional,dict"`
	Port                  int32     `parquet:"port,optional"`
	IPASN                 uint32    `parquet:"ip_asn,optional"`
	IPIsBogon             *bool     `parquet:"ip_is_bogon,optional"`
	DNSQueryType          string    `parquet:"dns_query_type,optional,dict"`
	DNSFailure            string    `parquet:"dns_failure,optional,dict"`
	DNSSuccess            *bool     `parquet:"dns_success,optional"`
	DNSEngine             string    `parquet:"dns_engine,optional,dict"`
	TCPFailure            string    `parquet:"tcp_failure,optional,dict"`
	TCPSuccess            *bool     `parquet:"tcp_success,optional"`
	TLSFailure            string    `parquet:"tls_failure,optional,dict"`
	TLSSuccess            *bool     `parquet:"tls_success,optional"`
	TLSServerName         string    `parquet:"tls_server_name,optional,dict"`
	TLSECHConfig          string    `parquet:"tls_echconfig,optional,dict"`
	TLSIsCertificateValid *bool     `parquet:"tls_is_certificate_valid,optional"`
	QUICFailure           string    `parquet:"quic_failure,optional,dict"`
	QUICSuccess           *bool     `parquet:"quic_success,optional"`
	QUICServerName        string    `parquet:"quic_server_name,optional,dict"`
	HTTPSuccess           *bool     `parquet:"http_success,optional"`
	HTTPFinal             bool      `parquet:"http_final"`
	TransferBytes         int64     `parquet:"transfer_bytes,optional"`
	TransferTime          *float64  `parquet:"transfer_time,optional"`
	SpeedKbps             *float64  `parquet:"speed_kbps,optional"`
	ProbeFailure          string    `parquet:"probe_failure,optional,dict"`
	ProbeSuccess          *bool     `parquet:"probe_success,optional"`
}

// observation returns it as one, with those columns alone. Text is copied: a reader uses its again.
func (s *sighting) observation() obs.Observation {
	c := strings.Clone
	return obs.Observation{MeasurementUID: c(s.MeasurementUID), Vantage: c(s.Vantage), StartTime: s.StartTime.UTC(), ReportID: c(s.ReportID), Input: c(s.Input),
		SoftwareName: c(s.SoftwareName), SoftwareVersion: c(s.SoftwareVersion), TestName: c(s.TestName), ProbeASN: s.ProbeASN, ProbeCC: c(s.ProbeCC),
		ProbeID: c(s.ProbeID), Platform: c(s.Platform), Hostname: c(s.Hostname), IP: c(s.IP), Port: s.Port, IPASN: s.IPASN, IPIsBogon: copied(s.IPIsBogon),
		DNSQueryType: c(s.DNSQueryType), DNSFailure: c(s.DNSFailure), DNSSuccess: copied(s.DNSSuccess), DNSEngine: c(s.DNSEngine),
		TCPFailure: c(s.TCPFailure), TCPSuccess: copied(s.TCPSuccess),
		TLSFailure: c(s.TLSFailure), TLSSuccess: copied(s.TLSSuccess), TLSServerName: c(s.TLSServerName), TLSECHConfig: c(s.TLSECHConfig), TLSIsCertificateValid: copied(s.TLSIsCertificateValid),
		QUICFailure: c(s.QUICFailure), QUICSuccess: copied(s.QUICSuccess), QUICServerName: c(s.QUICServerName),
		HTTPSuccess: copied(s.HTTPSuccess), HTTPFinal: s.HTTPFinal, TransferBytes: s.TransferBytes, TransferTime: copied(s.TransferTime), SpeedKbps: copied(s.SpeedKbps),
		ProbeFailure: c(s.ProbeFailure), ProbeSuccess: copied(s.ProbeSuccess)}
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// eachSighting calls f with the observations of one measurement after another; they are sorted that way.
func eachSighting(ctx context.Context, path string, f func([]obs.Observation) error) error {
	var rows []obs.Observation
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := f(rows)
		rows = rows[:0]
		return err
	}
	err := eachRow(ctx, path, func(part []sighting) error {
		for i := range part {
			if len(rows) > 0 && rows[0].MeasurementUID != part[i].MeasurementUID {
				if err := flush(); err != nil {
					return err
				}
			}
			rows = append(rows, part[i].observation())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
